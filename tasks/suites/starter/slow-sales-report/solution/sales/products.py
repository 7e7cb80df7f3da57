from .rows import rows
from .window import SOLD

SQL = f'''
WITH {SOLD},
by_store AS (
  SELECT l.product_id, sold.store_id, sum(l.quantity) AS units,
         sum(l.quantity * l.unit_cents - COALESCE(l.discount_cents, 0)) AS cents
  FROM sold JOIN order_lines l ON l.order_id = sold.id
  GROUP BY l.product_id, sold.store_id
),
placed AS (
  SELECT *, row_number() OVER (PARTITION BY product_id ORDER BY units DESC, store_id) AS place FROM by_store
),
by_product AS (
  SELECT product_id, sum(units) AS units, sum(cents) AS cents, max(store_id) FILTER (WHERE place = 1) AS store_id
  FROM placed GROUP BY product_id
),
shared AS (
  SELECT p.id, p.name, p.category, b.units, b.cents, b.store_id,
         sum(b.units) OVER (PARTITION BY p.category) AS category_units
  FROM by_product b JOIN products p ON p.id = b.product_id
)
SELECT h.name AS product, h.category, h.units, h.cents AS revenue_cents,
       h.units * 1000 / h.category_units AS share_permille, s.name AS best_store
FROM shared h JOIN stores s ON s.id = h.store_id
WHERE h.units > 0
ORDER BY h.units DESC, h.name, h.id
LIMIT 10
'''


def products(connection, first, last):
    """What sold best."""
    return rows(connection, SQL, first=first, last=last)
