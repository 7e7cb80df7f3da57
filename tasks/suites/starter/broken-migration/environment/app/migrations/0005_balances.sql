-- up
CREATE VIEW balances AS
SELECT c.id AS customer_id, c.name, COALESCE(sum(o.total_cents), 0) AS cents
FROM customers c LEFT JOIN orders o ON o.customer_id = c.id
GROUP BY c.id;

-- down
DROP VIEW balances;
