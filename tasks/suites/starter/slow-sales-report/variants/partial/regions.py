from .rows import rows
from .window import REFUNDED, SOLD

SQL = f'''
WITH {SOLD}, {REFUNDED},
worth AS (
  SELECT sold.store_id, count(DISTINCT sold.id) AS orders,
         sum(l.quantity * l.unit_cents) AS gross, sum(l.discount_cents) AS discount
  FROM sold LEFT JOIN order_lines l ON l.order_id = sold.id
  GROUP BY sold.store_id
),
given_back AS (SELECT store_id, sum(cents) AS cents FROM refunded GROUP BY store_id),
totals AS (
  SELECT COALESCE(s.region, '(none)') AS region,
         COALESCE(sum(w.orders), 0) AS orders,
         COALESCE(sum(w.gross), 0) AS gross_cents,
         COALESCE(sum(w.discount), 0) AS discount_cents,
         COALESCE(sum(g.cents), 0) AS refund_cents
  FROM stores s
  LEFT JOIN worth w ON w.store_id = s.id
  LEFT JOIN given_back g ON g.store_id = s.id
  GROUP BY s.region
)
SELECT *, gross_cents - discount_cents - refund_cents AS net_cents
FROM totals
ORDER BY net_cents DESC, region
'''


def regions(connection, first, last):
    """What each region sold and gave back."""
    return rows(connection, SQL, first=first, last=last)
