from collections import Counter, defaultdict
from itertools import groupby

from .window import refunded, sold, stores, worth


def days(connection, first, last):
    """How each store did on each day, and how it stood among the others."""
    orders, nets = defaultdict(set), Counter()
    for line in sold(connection, first, last):
        orders[line.day, line.store].add(line.order)
        nets[line.day, line.store] += worth(line)
    for refund in refunded(connection, first, last):
        nets[refund.day, refund.store] -= refund.cents

    found, running, known = [], Counter(), stores(connection)
    for day, keys in groupby(sorted(nets), key=lambda key: key[0]):
        best_first = sorted((-nets[key], known[key[1]].name, key[1]) for key in keys)
        rank = 0
        for place, (cost, name, store) in enumerate(best_first, 1):
            if place == 1 or cost != best_first[place - 2][0]:
                rank = place
            running[store] -= cost
            found.append({
                'day': day,
                'store': name,
                'orders': len(orders[day, store]),
                'net_cents': -cost,
                'running_cents': running[store],
                'rank': rank,
            })
    return found
