from .rows import rows
from .window import SOLD

SQL = f'''
WITH {SOLD},
bought AS (
  SELECT sold.customer_id, sold.day, datetime(sold.placed_at) AS placed,
         row_number() OVER (PARTITION BY sold.customer_id ORDER BY datetime(sold.placed_at), sold.id) AS place,
         (
           SELECT COALESCE(sum(l.quantity * l.unit_cents - COALESCE(l.discount_cents, 0)), 0)
           FROM order_lines l WHERE l.order_id = sold.id
         ) AS cents
  FROM sold
),
buyers AS (
  SELECT customer_id, count(*) AS orders, sum(cents) AS cents,
         max(day) FILTER (WHERE place = 1) AS day, min(placed) AS placed
  FROM bought GROUP BY customer_id
),
best AS (
  SELECT * FROM buyers WHERE customer_id IS NOT NULL ORDER BY cents DESC, customer_id LIMIT 20
),
listed AS (
  SELECT b.customer_id AS customer, c.name, b.orders, b.cents AS spent_cents, b.day AS first_day,
         CAST(julianday(b.day) - julianday((
           SELECT date(o.placed_at, s.utc_offset_minutes || ' minutes')
           FROM orders o CROSS JOIN stores s ON s.id = o.store_id
           WHERE o.customer_id = b.customer_id AND o.status = 'paid' AND datetime(o.placed_at) < b.placed
           ORDER BY datetime(o.placed_at) DESC, o.id DESC
           LIMIT 1
         )) AS INTEGER) AS days_since_previous
  FROM best b CROSS JOIN customers c ON c.id = b.customer_id
  UNION ALL
  SELECT NULL, 'Guests', COALESCE(sum(orders), 0), COALESCE(sum(cents), 0), max(day), NULL
  FROM buyers WHERE customer_id IS NULL
)
SELECT * FROM listed ORDER BY customer IS NULL, spent_cents DESC, customer
'''


def customers(connection, first, last):
    """Who spent most, and whether they had been here before."""
    return rows(connection, SQL, first=first, last=last)
