-- up
-- The first edition of this migration may have left a table emails and a column orders.total_cents behind, both
-- outdated by now. The table is dropped; orders are rebuilt without a look at the column.
DROP TABLE IF EXISTS emails;

CREATE TABLE emails (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers (id),
  address TEXT NOT NULL
);

CREATE UNIQUE INDEX emails_unique ON emails (lower(trim(address)));

CREATE TABLE email_conflicts (
  customer_id INTEGER NOT NULL REFERENCES customers (id),
  address TEXT NOT NULL
);

-- The lowest id keeps an address.
INSERT INTO emails (customer_id, address)
SELECT id, email FROM customers WHERE trim(email) <> ''
ORDER BY id
ON CONFLICT DO NOTHING;

INSERT INTO email_conflicts (customer_id, address)
SELECT id, email FROM customers
WHERE trim(email) <> '' AND id NOT IN (SELECT customer_id FROM emails)
ORDER BY id;

ALTER TABLE customers DROP COLUMN email;

CREATE TABLE orders_in_cents (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers (id),
  total_cents INTEGER,
  placed_at TEXT NOT NULL
);

INSERT INTO orders_in_cents (id, customer_id, total_cents, placed_at)
SELECT id, customer_id, CAST(round(total * 100) AS INTEGER), placed_at FROM orders;

DROP TABLE orders;

ALTER TABLE orders_in_cents RENAME TO orders;

-- down
ALTER TABLE customers ADD COLUMN email TEXT;

UPDATE customers SET email = COALESCE(
  (SELECT address FROM emails WHERE customer_id = customers.id ORDER BY id LIMIT 1),
  (SELECT address FROM email_conflicts WHERE customer_id = customers.id LIMIT 1)
);

DROP TABLE emails;

DROP TABLE email_conflicts;

ALTER TABLE orders ADD COLUMN total REAL;

UPDATE orders SET total = total_cents / 100.0;

ALTER TABLE orders DROP COLUMN total_cents;
