from datetime import date, timedelta

from .rows import rows

STORES = 'SELECT id, name, utc_offset_minutes FROM stores'

ORDERS = '''
SELECT count(*) AS orders FROM orders
WHERE store_id = :store AND status = 'paid' AND date(placed_at, :offset || ' minutes') = :day
'''

SOLD = '''
SELECT COALESCE(sum(l.quantity * l.unit_cents - COALESCE(l.discount_cents, 0)), 0) AS cents
FROM orders o, order_lines l
WHERE l.order_id = o.id AND o.store_id = :store AND o.status = 'paid'
  AND date(o.placed_at, :offset || ' minutes') = :day
'''

REFUNDED = '''
SELECT count(*) AS refunds, COALESCE(sum(b.cents), 0) AS cents
FROM refunds b, order_lines l, orders o
WHERE l.id = b.line_id AND o.id = l.order_id AND o.store_id = :store AND o.status = 'paid'
  AND date(b.refunded_at, :offset || ' minutes') = :day
'''


def days(connection, first, last):
    """How each store did on each day, and how it stood among the others."""
    found = []
    for store in rows(connection, STORES):
        running = 0
        for day in _between(first, last):
            where = {'store': store['id'], 'offset': store['utc_offset_minutes'], 'day': day}
            orders = rows(connection, ORDERS, **where)[0]['orders']
            sold = rows(connection, SOLD, **where)[0]['cents']
            refunded = rows(connection, REFUNDED, **where)[0]
            if not orders and not refunded['refunds']:
                continue
            net = sold - refunded['cents']
            running += net
            found.append((store, {
                'day': day, 'store': store['name'], 'orders': orders, 'net_cents': net, 'running_cents': running,
            }))
    for _, row in found:
        better = [other for _, other in found if other['day'] == row['day'] and other['net_cents'] > row['net_cents']]
        row['rank'] = 1 + len(better)
    found.sort(key=lambda pair: (pair[1]['day'], pair[1]['rank'], pair[0]['name'], pair[0]['id']))
    return [row for _, row in found]


def _between(first, last):
    day = date.fromisoformat(first)
    while day <= date.fromisoformat(last):
        yield day.isoformat()
        day += timedelta(days=1)
