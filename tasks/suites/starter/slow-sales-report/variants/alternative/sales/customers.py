import json
from collections import Counter, defaultdict
from datetime import date

from .window import sold, worth

# Everything that some customers ever bought before a moment of their own, given as JSON: {id: moment}.
EARLIER = '''
SELECT o.customer_id, date(o.placed_at, s.utc_offset_minutes || ' minutes')
FROM json_each(?) asked CROSS JOIN orders o ON o.customer_id = CAST(asked.key AS INTEGER) CROSS JOIN stores s ON s.id = o.store_id
WHERE o.status = 'paid' AND datetime(o.placed_at) < asked.value
ORDER BY datetime(o.placed_at), o.id
'''

NAMES = 'SELECT c.id, c.name FROM json_each(?) asked CROSS JOIN customers c ON c.id = CAST(asked.key AS INTEGER)'


def customers(connection, first, last):
    """Who spent most, and whether they had been here before."""
    orders, spent, begin = defaultdict(set), Counter(), {}
    for line in sold(connection, first, last):
        begin.setdefault(line.customer, line)
        orders[line.customer].add(line.order)
        spent[line.customer] += worth(line)

    best = sorted((key for key in orders if key is not None), key=lambda key: (-spent[key], key))[:20]
    asked = [json.dumps({key: begin[key].placed for key in best})]
    names = dict(connection.execute(NAMES, asked)) | {None: 'Guests'}
    previous = dict(list(connection.execute(EARLIER, asked)))
    return [{
        'customer': key,
        'name': names[key],
        'orders': len(orders[key]),
        'spent_cents': spent[key],
        'first_day': begin[key].day if key in begin else None,
        'days_since_previous': _days(previous[key], begin[key].day) if key in previous else None,
    } for key in [*best, None]]


def _days(earlier, later):
    return (date.fromisoformat(later) - date.fromisoformat(earlier)).days
