from .rows import rows

# The units of one product, and of all products of a category, sold in the window.
UNITS = '''
SELECT COALESCE(sum(l.quantity), 0)
FROM order_lines l
WHERE {which} AND (
  SELECT o.status = 'paid'
    AND date(o.placed_at, (SELECT s.utc_offset_minutes FROM stores s WHERE s.id = o.store_id) || ' minutes')
      BETWEEN :first AND :last
  FROM orders o WHERE o.id = l.order_id
)
'''

SQL = f'''
SELECT
  p.id,
  p.name AS product,
  p.category,
  ({UNITS.format(which='l.product_id = p.id')}) AS units,
  (
    SELECT sum(l.quantity * l.unit_cents - COALESCE(l.discount_cents, 0))
    FROM order_lines l JOIN orders o ON o.id = l.order_id JOIN stores s ON s.id = o.store_id
    WHERE l.product_id = p.id AND o.status = 'paid'
      AND date(o.placed_at, s.utc_offset_minutes || ' minutes') BETWEEN :first AND :last
  ) AS revenue_cents,
  ({UNITS.format(which='l.product_id = p.id')}) * 1000 / (
    {UNITS.format(which='(SELECT q.category FROM products q WHERE q.id = l.product_id) IS p.category')}
  ) AS share_permille
FROM products p
WHERE ({UNITS.format(which='l.product_id = p.id')}) > 0
ORDER BY units DESC, p.name, p.id
LIMIT 10
'''

STORES = 'SELECT id, name FROM stores ORDER BY id'

SOLD_BY = '''
SELECT COALESCE(sum(l.quantity), 0) AS units
FROM order_lines l, orders o, stores s
WHERE o.id = l.order_id AND s.id = o.store_id AND s.id = :store AND l.product_id = :product AND o.status = 'paid'
  AND date(o.placed_at, s.utc_offset_minutes || ' minutes') BETWEEN :first AND :last
'''


def products(connection, first, last):
    """What sold best."""
    found = rows(connection, SQL, first=first, last=last)
    for row in found:
        product, most = row.pop('id'), 0
        for store in rows(connection, STORES):
            where = {'store': store['id'], 'product': product, 'first': first, 'last': last}
            units = rows(connection, SOLD_BY, **where)[0]['units']
            if units > most:
                most, row['best_store'] = units, store['name']
    return found
