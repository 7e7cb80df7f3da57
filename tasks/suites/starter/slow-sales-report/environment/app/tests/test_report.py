import sqlite3
import unittest
from pathlib import Path

from sales.report import report

SCHEMA = Path(__file__).parent.parent / 'sales' / 'schema.sql'


class Report(unittest.TestCase):
    def setUp(self):
        self.connection = sqlite3.connect(':memory:')
        self.connection.executescript(SCHEMA.read_text())
        insert = self.connection.executemany
        insert('INSERT INTO stores VALUES (?, ?, ?, ?)', [(1, 'Lisbon', 'south', 0), (2, 'Denver', None, -420)])
        insert('INSERT INTO products VALUES (?, ?, ?)', [(1, 'Assam', 'tea'), (2, 'Mug', None)])
        insert('INSERT INTO customers VALUES (?, ?)', [(1, 'Ana')])
        insert('INSERT INTO orders VALUES (?, ?, ?, ?, ?)', [
            (1, 1, 1, '2024-02-27 09:00:00', 'paid'),
            (2, 1, 1, '2024-03-01T09:00:00Z', 'paid'),
            (3, 2, None, '2024-03-02T03:00:00Z', 'paid'),
            (4, 2, None, '2024-03-02T12:00:00Z', 'cancelled'),
        ])
        insert('INSERT INTO order_lines VALUES (?, ?, ?, ?, ?, ?)', [
            (1, 1, 1, 1, 500, None), (2, 2, 1, 2, 500, 100), (3, 3, 2, 1, 900, None), (4, 4, 2, 5, 900, None),
        ])
        insert('INSERT INTO refunds VALUES (?, ?, ?, ?)', [
            (1, 1, '2024-03-02T10:00:00Z', 200), (2, 1, '2024-03-02T11:00:00Z', 300),
        ])
        self.report = report(self.connection, '2024-03-01', '2024-03-02')

    def test_regions(self):
        self.assertEqual([list(row.values()) for row in self.report['regions']], [
            ['(none)', 1, 900, 0, 0, 900],
            ['south', 1, 1000, 100, 500, 400],
        ])

    def test_days(self):
        self.assertEqual([list(row.values()) for row in self.report['days']], [
            ['2024-03-01', 'Denver', 1, 900, 900, 1],
            ['2024-03-01', 'Lisbon', 1, 900, 900, 1],
            ['2024-03-02', 'Lisbon', 0, -500, 400, 1],
        ])

    def test_products(self):
        self.assertEqual([list(row.values()) for row in self.report['products']], [
            ['Assam', 'tea', 2, 900, 1000, 'Lisbon'],
            ['Mug', None, 1, 900, 1000, 'Denver'],
        ])

    def test_customers(self):
        self.assertEqual([list(row.values()) for row in self.report['customers']], [
            [1, 'Ana', 1, 900, '2024-03-01', 3],
            [None, 'Guests', 1, 900, '2024-03-01', None],
        ])
