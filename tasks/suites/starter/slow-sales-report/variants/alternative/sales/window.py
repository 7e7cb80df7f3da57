"""What was sold and given back in a window of local days, fetched once and added up in Python."""

from collections import namedtuple

Line = namedtuple('Line', 'order store customer placed day product quantity cents discount')
Refund = namedtuple('Refund', 'store day cents')
Store = namedtuple('Store', 'id name region')

# The first ten characters of a time are its UTC day in either spelling, and local days are at most one off.
SOLD = '''
SELECT o.id, o.store_id, o.customer_id, datetime(o.placed_at), date(o.placed_at, s.utc_offset_minutes || ' minutes') AS day,
       l.product_id, COALESCE(l.quantity, 0), COALESCE(l.unit_cents, 0), COALESCE(l.discount_cents, 0)
FROM orders o JOIN stores s ON s.id = o.store_id LEFT JOIN order_lines l ON l.order_id = o.id
WHERE o.placed_at BETWEEN date(?1, '-1 day') AND date(?2, '+2 days') AND o.status = 'paid' AND day BETWEEN ?1 AND ?2
ORDER BY datetime(o.placed_at), o.id
'''

REFUNDED = '''
SELECT s.id, date(r.refunded_at, s.utc_offset_minutes || ' minutes') AS day, r.cents
FROM refunds r JOIN order_lines l ON l.id = r.line_id JOIN orders o ON o.id = l.order_id JOIN stores s ON s.id = o.store_id
WHERE r.refunded_at BETWEEN date(?1, '-1 day') AND date(?2, '+2 days') AND o.status = 'paid' AND day BETWEEN ?1 AND ?2
'''


def sold(connection, first, last):
    """One Line for each line, and one without a product for an order that has none; in order of time."""
    return [Line(*row) for row in connection.execute(SOLD, (first, last))]


def refunded(connection, first, last):
    return [Refund(*row) for row in connection.execute(REFUNDED, (first, last))]


def stores(connection):
    return {row[0]: Store(*row) for row in connection.execute('SELECT id, name, region FROM stores')}


def worth(line):
    return line.quantity * line.cents - line.discount
