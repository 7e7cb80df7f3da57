from .rows import rows
from .window import REFUNDED, SOLD

SQL = f'''
WITH {SOLD}, {REFUNDED},
moves AS (
  SELECT sold.day, sold.store_id, 1 AS orders, (
    SELECT COALESCE(sum(l.quantity * l.unit_cents - COALESCE(l.discount_cents, 0)), 0)
    FROM order_lines l WHERE l.order_id = sold.id
  ) AS cents
  FROM sold
  UNION ALL
  SELECT day, store_id, 0, -cents FROM refunded
),
nets AS (
  SELECT day, store_id, sum(orders) AS orders, sum(cents) AS net_cents FROM moves GROUP BY day, store_id
)
SELECT n.day, s.name AS store, n.orders, n.net_cents,
       sum(n.net_cents) OVER (PARTITION BY n.store_id ORDER BY n.day) AS running_cents,
       rank() OVER (PARTITION BY n.day ORDER BY n.net_cents DESC) AS rank
FROM nets n JOIN stores s ON s.id = n.store_id
ORDER BY n.day, rank, s.name, s.id
'''


def days(connection, first, last):
    """How each store did on each day, and how it stood among the others."""
    return rows(connection, SQL, first=first, last=last)
