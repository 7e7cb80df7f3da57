"""Makes a database of two years, 2023 and 2024, to try the report on."""

import argparse
import random
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

SCHEMA = Path(__file__).parent.parent / 'sales' / 'schema.sql'


def fill(connection, orders, seed=1):
    dice = random.Random(seed)
    connection.executemany('INSERT INTO stores VALUES (?, ?, ?, ?)', [
        (1, 'Lisbon', 'south', 0), (2, 'Porto', 'south', 0), (3, 'Berlin', 'north', 60),
        (4, 'Denver', None, -420), (5, 'Kolkata', 'east', 330), (6, 'Auckland', 'east', 720),
    ])
    connection.executemany('INSERT INTO products VALUES (?, ?, ?)', [
        (n, f'Product {n}', dice.choice(['tea', 'coffee', 'cups', None])) for n in range(1, 61)
    ])
    shoppers = max(20, orders // 6)
    connection.executemany('INSERT INTO customers VALUES (?, ?)', [(n, f'Customer {n}') for n in range(1, shoppers + 1)])
    start, line_id = datetime(2023, 1, 1), 0
    for order_id in range(1, orders + 1):
        placed = start + timedelta(seconds=dice.randrange(731 * 86_400))
        connection.execute('INSERT INTO orders VALUES (?, ?, ?, ?, ?)', (
            order_id, dice.randint(1, 6), dice.choice([None, dice.randint(1, shoppers), dice.randint(1, shoppers)]),
            placed.strftime('%Y-%m-%dT%H:%M:%SZ' if placed.year > 2023 else '%Y-%m-%d %H:%M:%S'),
            dice.choice(['paid', 'paid', 'paid', 'paid', 'cancelled', 'pending']),
        ))
        for _ in range(dice.choice([0, 1, 2, 2, 3, 4])):
            line_id += 1
            connection.execute('INSERT INTO order_lines VALUES (?, ?, ?, ?, ?, ?)', (
                line_id, order_id, dice.randint(1, 60), dice.randint(1, 4), dice.randint(100, 5_000),
                dice.choice([None, None, 50]),
            ))
            for _ in range(dice.choice([0] * 12 + [1, 2])):
                refunded = placed + timedelta(seconds=dice.randrange(60 * 86_400))
                connection.execute('INSERT INTO refunds (line_id, refunded_at, cents) VALUES (?, ?, ?)', (
                    line_id, refunded.strftime('%Y-%m-%dT%H:%M:%SZ'), dice.randint(50, 900),
                ))
    connection.commit()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('path')
    parser.add_argument('--orders', type=int, default=3_000)
    options = parser.parse_args()
    Path(options.path).unlink(missing_ok=True)
    connection = sqlite3.connect(options.path)
    connection.executescript(SCHEMA.read_text())
    fill(connection, options.orders)


if __name__ == '__main__':
    main()
