from datetime import date

from .rows import rows

BUYERS = '''
SELECT DISTINCT o.customer_id AS id, c.name AS name
FROM orders o JOIN stores s ON s.id = o.store_id JOIN customers c ON c.id = o.customer_id
WHERE o.status = 'paid' AND date(o.placed_at, s.utc_offset_minutes || ' minutes') BETWEEN :first AND :last
'''

ORDERS = '''
SELECT o.id, datetime(o.placed_at) AS placed, date(o.placed_at, s.utc_offset_minutes || ' minutes') AS day
FROM orders o JOIN stores s ON s.id = o.store_id
WHERE o.customer_id IS :customer AND o.status = 'paid'
  AND date(o.placed_at, s.utc_offset_minutes || ' minutes') BETWEEN :first AND :last
ORDER BY placed, o.id
'''

LINES = '''
SELECT COALESCE(sum(quantity * unit_cents - COALESCE(discount_cents, 0)), 0) AS cents
FROM order_lines WHERE order_id = :order_id
'''

PREVIOUS = '''
SELECT date(o.placed_at, s.utc_offset_minutes || ' minutes') AS day
FROM orders o JOIN stores s ON s.id = o.store_id
WHERE o.customer_id = :customer AND o.status = 'paid' AND datetime(o.placed_at) < :placed
ORDER BY datetime(o.placed_at) DESC, o.id DESC
LIMIT 1
'''


def customers(connection, first, last):
    """Who spent most, and whether they had been here before."""
    found = []
    for buyer in rows(connection, BUYERS, first=first, last=last):
        orders, spent = _bought(connection, buyer['id'], first, last)
        previous = rows(connection, PREVIOUS, customer=buyer['id'], placed=orders[0]['placed'])
        found.append({
            'customer': buyer['id'],
            'name': buyer['name'],
            'orders': len(orders),
            'spent_cents': spent,
            'first_day': orders[0]['day'],
            'days_since_previous': _days(previous[0]['day'], orders[0]['day']) if previous else None,
        })
    found.sort(key=lambda row: (-row['spent_cents'], row['customer']))
    guests, spent = _bought(connection, None, first, last)
    return found[:20] + [{
        'customer': None,
        'name': 'Guests',
        'orders': len(guests),
        'spent_cents': spent,
        'first_day': guests[0]['day'] if guests else None,
        'days_since_previous': None,
    }]


def _bought(connection, customer, first, last):
    orders = rows(connection, ORDERS, customer=customer, first=first, last=last)
    spent = sum(rows(connection, LINES, order_id=order['id'])[0]['cents'] for order in orders)
    return orders, spent


def _days(earlier, later):
    return (date.fromisoformat(later) - date.fromisoformat(earlier)).days
