-- up
CREATE TABLE emails (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers (id),
  address TEXT NOT NULL COLLATE NOCASE UNIQUE
);

ALTER TABLE orders ADD COLUMN total_cents INTEGER;

UPDATE orders SET total_cents = CAST(total * 100 AS INTEGER);

INSERT INTO emails (customer_id, address)
SELECT id, email FROM customers WHERE active = 1 AND email IS NOT NULL;

INSERT INTO emails (customer_id, address)
SELECT id, email FROM customers WHERE active = 0;

ALTER TABLE customers DROP COLUMN email;

ALTER TABLE orders DROP COLUMN total;

-- down
ALTER TABLE customers ADD COLUMN email TEXT;
ALTER TABLE orders ADD COLUMN total REAL;
UPDATE orders SET total = total_cents / 100;
ALTER TABLE orders DROP COLUMN total_cents;
DROP TABLE emails;
