-- up
CREATE TABLE emails (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers (id),
  address TEXT NOT NULL
);
CREATE TABLE email_conflicts (
  customer_id INTEGER NOT NULL REFERENCES customers (id),
  address TEXT NOT NULL
);

CREATE TEMP TABLE ranked AS
SELECT id, email, row_number() OVER (PARTITION BY lower(trim(email)) ORDER BY id) AS place
FROM customers
WHERE email IS NOT NULL AND trim(email) <> '';
INSERT INTO emails (customer_id, address) SELECT id, email FROM ranked WHERE place = 1 ORDER BY id;
INSERT INTO email_conflicts SELECT id, email FROM ranked WHERE place > 1 ORDER BY id;
DROP TABLE ranked;
CREATE UNIQUE INDEX one_owner_of_an_address ON emails (lower(trim(address)));

ALTER TABLE orders ADD COLUMN total_cents INTEGER;
UPDATE orders SET total_cents = CAST(total * 100 + CASE WHEN total < 0 THEN -0.5 ELSE 0.5 END AS INTEGER) WHERE total IS NOT NULL;
ALTER TABLE orders DROP COLUMN total;
ALTER TABLE customers DROP COLUMN email;

-- down
ALTER TABLE orders ADD COLUMN total REAL;
UPDATE orders SET total = CAST(total_cents AS REAL) / 100;
ALTER TABLE orders DROP COLUMN total_cents;

ALTER TABLE customers ADD COLUMN email TEXT;
UPDATE customers SET email = given.address
FROM (SELECT customer_id, address FROM emails UNION ALL SELECT customer_id, address FROM email_conflicts) AS given
WHERE given.customer_id = customers.id;
DROP TABLE email_conflicts;
DROP TABLE emails;
