"""The report is its sections; each is called with a connection and the first and last local day (ISO)."""

from .customers import customers
from .days import days
from .products import products
from .regions import regions

SECTIONS = {'regions': regions, 'days': days, 'products': products, 'customers': customers}


def report(connection, first, last):
    sections = {name: section(connection, first, last) for name, section in SECTIONS.items()}
    return {'from': first, 'to': last, **sections}
