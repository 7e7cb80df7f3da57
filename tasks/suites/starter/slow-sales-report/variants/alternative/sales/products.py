from collections import Counter

from .window import sold, stores, worth


def products(connection, first, last):
    """What sold best."""
    names = {row[0]: row[1:] for row in connection.execute('SELECT id, name, category FROM products')}
    units, revenue, categories, by_store = Counter(), Counter(), Counter(), Counter()
    for line in sold(connection, first, last):
        if line.product is None:
            continue
        units[line.product] += line.quantity
        revenue[line.product] += worth(line)
        categories[names[line.product][1]] += line.quantity
        by_store[line.product, line.store] += line.quantity
    known = stores(connection)
    best = sorted((product for product in units if units[product] > 0), key=lambda key: (-units[key], names[key][0], key))
    return [{
        'product': names[key][0],
        'category': names[key][1],
        'units': units[key],
        'revenue_cents': revenue[key],
        'share_permille': units[key] * 1000 // categories[names[key][1]],
        'best_store': known[min(known, key=lambda store: (-by_store[key, store], store))].name,
    } for key in best[:10]]
