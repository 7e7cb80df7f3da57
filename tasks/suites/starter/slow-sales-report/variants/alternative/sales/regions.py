from .window import refunded, sold, stores


def regions(connection, first, last):
    """What each region sold and gave back."""
    names = {store.id: '(none)' if store.region is None else store.region for store in stores(connection).values()}
    orders = {name: set() for name in names.values()}
    gross, discounts, refunds = ({name: 0 for name in orders} for _ in range(3))
    for line in sold(connection, first, last):
        orders[names[line.store]].add(line.order)
        gross[names[line.store]] += line.quantity * line.cents
        discounts[names[line.store]] += line.discount
    for refund in refunded(connection, first, last):
        refunds[names[refund.store]] += refund.cents
    found = [{
        'region': name,
        'orders': len(orders[name]),
        'gross_cents': gross[name],
        'discount_cents': discounts[name],
        'refund_cents': refunds[name],
        'net_cents': gross[name] - discounts[name] - refunds[name],
    } for name in orders]
    return sorted(found, key=lambda row: (-row['net_cents'], row['region']))
