"""Judges the sales report: the same rows as a plain reading of its document, for little work."""

import hashlib
import json
import random
import sqlite3
import sys
from collections import defaultdict
from datetime import datetime, timedelta

sys.path.insert(0, '/tests')

from verify import Verifier, as_dev, expect  # noqa: E402

SUITE = {'tests/__init__.py': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 'tests/test_report.py': '574f247713f3b76dc347e344eb7264d845c11414a29edeea333d4d1721fe2004'}

SCHEMA = '''
CREATE TABLE stores (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  region TEXT,
  utc_offset_minutes INTEGER NOT NULL
);
CREATE TABLE products (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  category TEXT
);
CREATE TABLE customers (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL
);
CREATE TABLE orders (
  id INTEGER PRIMARY KEY,
  store_id INTEGER NOT NULL REFERENCES stores (id),
  customer_id INTEGER REFERENCES customers (id),
  placed_at TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'paid', 'cancelled'))
);
CREATE TABLE order_lines (
  id INTEGER PRIMARY KEY,
  order_id INTEGER NOT NULL REFERENCES orders (id),
  product_id INTEGER NOT NULL REFERENCES products (id),
  quantity INTEGER NOT NULL,
  unit_cents INTEGER NOT NULL,
  discount_cents INTEGER
);
CREATE TABLE refunds (
  id INTEGER PRIMARY KEY,
  line_id INTEGER NOT NULL REFERENCES order_lines (id),
  refunded_at TEXT NOT NULL,
  cents INTEGER NOT NULL
);
'''
TABLES = ('stores', 'products', 'customers', 'orders', 'order_lines', 'refunds')
SECTIONS = ('regions', 'days', 'products', 'customers')
QUARTER_STEPS, WEEK_STEPS, STATEMENTS = 250_000, 25_000, 10

# Runs as `dev`: fills databases, calls the sections, reports rows and costs. It holds no expected rows.
DRIVER = r'''
import json, sqlite3, sys
task = json.load(sys.stdin)
sys.path.insert(0, '/app')
sys.dont_write_bytecode = True
watched, events = [False], []

def audit(event, arguments):
    if watched[0] and event in ('sqlite3.connect', 'subprocess.Popen', 'os.fork', 'os.system', 'os.posix_spawn', 'os.exec'):
        events.append(event)

sys.addaudithook(audit)
with open('/app/sales/schema.sql') as file:
    schema = file.read()
watched[0] = True
from sales.report import SECTIONS
watched[0] = False

def build(schema, tables):
    connection = sqlite3.connect(':memory:')
    connection.executescript(schema)
    for name, rows in tables.items():
        if rows:
            marks = ', '.join('?' * len(rows[0]))
            connection.executemany(f'INSERT INTO {name} VALUES ({marks})', rows)
    connection.commit()
    return connection

def ask(connection, section, first, last, most):
    steps, statements = [0], []
    def progress():
        steps[0] += 50
        return steps[0] > most
    connection.set_progress_handler(progress, 50)
    connection.set_trace_callback(statements.append)
    answer = {}
    watched[0] = True
    try:
        answer['rows'] = list(SECTIONS[section](connection, first, last))
    except Exception as error:
        answer['error'] = type(error).__name__ + ': ' + str(error)
    watched[0] = False
    answer['steps'], answer['statements'] = steps[0], len(statements)
    connection.rollback()
    if steps[0] <= most:
        connection.execute('WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) SELECT sum(i) FROM n').fetchall()
        answer['seen'] = steps[0] > answer['steps'] and len(statements) > answer['statements']
    connection.set_progress_handler(None, 0)
    connection.set_trace_callback(None)
    return answer

def play():
    """Yields what each section answers; no more once a section hid from the counters, since nothing counts then."""
    for case in task['cases']:
        connection = build(case.get('schema') or schema, case['tables'])
        for first, last, most in case['windows']:
            answer = {}
            for section in task['sections']:
                answer[section] = ask(connection, section, first, last, most)
                if not answer[section].get('seen', True):
                    yield answer
                    return
            yield answer

answers = list(play())

connection = build(schema, {})
objects = [list(row) for row in connection.execute('SELECT type, name FROM sqlite_master ORDER BY type, name')]
unique = [row[1] for table in task['tables'] for row in connection.execute(f'PRAGMA index_list({table})') if row[2]]
shape = {}
for table in task['tables']:
    shape[table] = [
        [list(row) for row in connection.execute(f'PRAGMA table_xinfo({table})')],
        [list(row) for row in connection.execute(f'PRAGMA foreign_key_list({table})')],
        ' '.join(connection.execute('SELECT sql FROM sqlite_master WHERE name = ?', [table]).fetchone()[0].split()),
    ]
plain = sqlite3.connect(task['file'])
build(task['schema'], task['plain']).backup(plain)
plain.close()
print('\n' + json.dumps({'answers': answers, 'objects': objects, 'unique': unique, 'shape': shape, 'events': events}))
'''


def moment(text):
    return datetime.fromisoformat(text.replace(' ', 'T').removesuffix('Z'))


class Book:
    """The document, read plainly over rows in memory."""

    def __init__(self, tables):
        self.stores = {row[0]: dict(zip(('id', 'name', 'region', 'offset'), row)) for row in tables['stores']}
        self.products = {row[0]: dict(zip(('id', 'name', 'category'), row)) for row in tables['products']}
        self.customers = dict(tables['customers'])
        self.orders = {}
        for row in tables['orders']:
            order = dict(zip(('id', 'store', 'customer', 'placed', 'status'), row))
            if order['status'] == 'paid':
                order['placed'] = moment(order['placed'])
                order['day'] = self._local(order['placed'], order['store'])
                order['lines'] = []
                self.orders[order['id']] = order
        lines = {}
        for row in tables['order_lines']:
            line = dict(zip(('id', 'order', 'product', 'quantity', 'cents', 'discount'), row))
            if line['order'] in self.orders:
                line['gross'], line['off'] = line['quantity'] * line['cents'], line['discount'] or 0
                lines[line['id']] = line
                self.orders[line['order']]['lines'].append(line)
        self.refunds = []
        for _, line, refunded, cents in tables['refunds']:
            if line in lines:
                store = self.orders[lines[line]['order']]['store']
                self.refunds.append((store, self._local(moment(refunded), store), cents))

    def _local(self, time, store):
        return (time + timedelta(minutes=self.stores[store]['offset'])).date().isoformat()

    def sections(self, first, last):
        sold = [order for order in self.orders.values() if first <= order['day'] <= last]
        back = [refund for refund in self.refunds if first <= refund[1] <= last]
        return {
            'regions': self._regions(sold, back), 'days': self._days(sold, back),
            'products': self._products(sold), 'customers': self._customers(sold),
        }

    def _regions(self, sold, back):
        found = {}
        for store in self.stores.values():
            region = '(none)' if store['region'] is None else store['region']
            found[region] = dict(region=region, orders=0, gross_cents=0, discount_cents=0, refund_cents=0)
        of = {key: found['(none)' if store['region'] is None else store['region']] for key, store in self.stores.items()}
        for order in sold:
            row = of[order['store']]
            row['orders'] += 1
            row['gross_cents'] += sum(line['gross'] for line in order['lines'])
            row['discount_cents'] += sum(line['off'] for line in order['lines'])
        for store, _, cents in back:
            of[store]['refund_cents'] += cents
        for row in found.values():
            row['net_cents'] = row['gross_cents'] - row['discount_cents'] - row['refund_cents']
        return sorted(found.values(), key=lambda row: (-row['net_cents'], row['region']))

    def _days(self, sold, back):
        orders, net = defaultdict(int), defaultdict(int)
        for order in sold:
            orders[order['day'], order['store']] += 1
            net[order['day'], order['store']] += spent(order)
        for store, day, cents in back:
            net[day, store] -= cents
        found, running, nets = [], defaultdict(int), defaultdict(list)
        for (day, _), cents in net.items():
            nets[day].append(cents)
        for day, store in sorted(net):
            cents = net[day, store]
            running[store] += cents
            row = dict(day=day, store=self.stores[store]['name'], orders=orders[day, store], net_cents=cents,
                       running_cents=running[store], rank=1 + sum(other > cents for other in nets[day]))
            found.append(((day, row['rank'], row['store'], store), row))
        return [row for _, row in sorted(found, key=lambda pair: pair[0])]

    def _products(self, sold):
        units, cents = defaultdict(lambda: defaultdict(int)), defaultdict(int)
        for order in sold:
            for line in order['lines']:
                units[line['product']][order['store']] += line['quantity']
                cents[line['product']] += line['gross'] - line['off']
        categories = defaultdict(int)
        for key, stores in units.items():
            categories[self.products[key]['category']] += sum(stores.values())
        found = []
        for key, stores in units.items():
            product, total = self.products[key], sum(stores.values())
            if total > 0:
                best = min(stores, key=lambda store: (-stores[store], store))
                found.append(((-total, product['name'], key), dict(
                    product=product['name'], category=product['category'], units=total, revenue_cents=cents[key],
                    share_permille=total * 1000 // categories[product['category']], best_store=self.stores[best]['name'])))
        return [row for _, row in sorted(found, key=lambda pair: pair[0])[:10]]

    def _customers(self, sold):
        bought, ever = defaultdict(list), defaultdict(list)
        for order in sorted(self.orders.values(), key=lambda order: (order['placed'], order['id'])):
            ever[order['customer']].append(order)
        for order in sorted(sold, key=lambda order: (order['placed'], order['id'])):
            bought[order['customer']].append(order)
        found = []
        for customer, orders in bought.items():
            earlier = [order for order in ever[customer] if order['placed'] < orders[0]['placed']]
            days = None
            if earlier and customer is not None:
                days = (datetime.fromisoformat(orders[0]['day']) - datetime.fromisoformat(earlier[-1]['day'])).days
            found.append(dict(
                customer=customer, name='Guests' if customer is None else self.customers[customer], orders=len(orders),
                spent_cents=sum(map(spent, orders)), first_day=orders[0]['day'], days_since_previous=days))
        guests = [row for row in found if row['customer'] is None] or [dict(
            customer=None, name='Guests', orders=0, spent_cents=0, first_day=None, days_since_previous=None)]
        named = [row for row in found if row['customer'] is not None]
        return sorted(named, key=lambda row: (-row['spent_cents'], row['customer']))[:20] + guests


def spent(order):
    return sum(line['gross'] - line['off'] for line in order['lines'])


def spell(dice, time):
    return time.strftime(dice.choice(['%Y-%m-%dT%H:%M:%SZ', '%Y-%m-%d %H:%M:%S']))


def large():
    """The size and shape of tools/make_db.py, with other numbers."""
    dice = random.Random(20250114)
    tables = {
        'stores': [[1, 'Oslo', 'north', 60], [2, 'Bergen', 'north', 60], [3, 'Halifax', 'west', -240],
                   [4, 'Mumbai', 'east', 330], [5, 'Tonga', None, 780], [6, 'Honolulu', 'west', -600], [7, 'Nowhere', 'void', 0]],
        'products': [[n, f'Item {n:02}', dice.choice(['ink', 'paper', None, 'pens'])] for n in range(1, 61)],
        'customers': [[n, f'Buyer {n}'] for n in range(1, 501)],
        'orders': [], 'order_lines': [], 'refunds': [],
    }
    start = datetime(2023, 1, 1)
    for order in range(1, 3001):
        placed = start + timedelta(seconds=dice.randrange(731 * 86_400))
        customer = dice.choice([None, dice.randint(1, 500), dice.randint(1, 500)])
        status = dice.choice(['paid', 'paid', 'paid', 'paid', 'cancelled', 'pending'])
        tables['orders'].append([order, dice.randint(1, 6), customer, spell(dice, placed), status])
        for _ in range(dice.choice([0, 1, 2, 2, 3, 4])):
            lines = tables['order_lines']
            lines.append([len(lines) + 1, order, dice.randint(1, 60), dice.randint(1, 4), dice.randint(100, 5000),
                          dice.choice([None, None, 50])])
            for _ in range(dice.choice([0] * 12 + [1, 2])):
                when = placed + timedelta(seconds=dice.randrange(60 * 86_400))
                tables['refunds'].append([len(tables['refunds']) + 1, len(lines), when.strftime('%Y-%m-%dT%H:%M:%SZ'),
                                          dice.randint(50, 900)])
    return tables


def nasty(seed):
    """Few values, so that ties, shared midnights and equal instants happen all the time."""
    dice = random.Random(seed)
    tables = {
        'stores': [[1, 'Apia', 'pacific', 780], [2, 'Quito', None, -300], [3, 'Pune', 'asia', 330], [4, 'Quito', None, -300],
                   [5, 'Niue', 'pacific', -660], [6, 'Closed', 'moon', 0]],
        'products': [[1, 'Pen', 'ink'], [2, 'Pen', None], [3, 'Cup', None], [4, 'Ink', 'ink'], [5, 'Box', 'card'], [6, 'Lid', 'card']]
        + [[n, f'Extra {n % 4}', dice.choice(['card', None])] for n in range(7, 15)],
        'customers': [[n, f'Buyer {n % 5}'] for n in range(1, 31)],
        'orders': [], 'order_lines': [], 'refunds': [],
    }

    def near_midnight():
        minutes = dice.choice([0, 0, -1, 1, 300, -780, 660, -330, 299, -779, 661, -331, 720])
        return datetime(2024, 2, 26) + timedelta(days=dice.randrange(9), minutes=minutes)

    for order in range(1, 91):
        customer = dice.choice([None, dice.randint(1, 30), dice.randint(1, 30), dice.randint(1, 4)])
        status = dice.choice(['paid'] * 5 + ['cancelled', 'pending'])
        tables['orders'].append([order, dice.randint(1, 5), customer, spell(dice, near_midnight()), status])
        for _ in range(dice.choice([0, 1, 1, 2, 3])):
            lines = tables['order_lines']
            product = dice.randint(1, 14) if dice.random() < 0.3 else dice.randint(1, 6)
            lines.append([len(lines) + 1, order, product, dice.choice([0, 1, 1, 2]), dice.choice([100, 200]),
                          dice.choice([None, 0, 100])])
            for _ in range(dice.choice([0, 0, 0, 1, 2, 3])):
                tables['refunds'].append([len(tables['refunds']) + 1, len(lines),
                                          near_midnight().strftime('%Y-%m-%dT%H:%M:%SZ'), dice.choice([0, 100, 200])])
    return tables


PLAIN = {
    'stores': [[1, 'Lyon', 'west', 60], [2, 'Kyiv', 'east', 120]],
    'products': [[1, 'Bolt', 'steel'], [2, 'Rope', 'hemp']],
    'customers': [[1, 'Mia'], [2, 'Jo']],
    'orders': [[1, 1, 1, '2024-05-01T10:00:00Z', 'paid'], [2, 1, 1, '2024-05-10T10:00:00Z', 'paid'], [3, 2, 2, '2024-05-11T10:00:00Z', 'paid']],
    'order_lines': [[1, 1, 1, 1, 100, 0], [2, 2, 1, 3, 100, 10], [3, 3, 2, 2, 400, 20]],
    'refunds': [[1, 2, '2024-05-12T10:00:00Z', 90]],
}
FILE = '/tmp/replica-of-last-night.db'
NO_LIMIT = 50_000_000


def squeezed(sql):
    return ' '.join(sql.split())


def main():
    verifier = Verifier()
    big = large()
    small = [nasty(seed) for seed in (7, 77, 777)]
    cases = [{'tables': tables, 'windows': windows, 'limits': limits, **extra} for tables, windows, limits, extra in [
        *((tables, [('2024-02-27', '2024-03-02', NO_LIMIT), ('2024-03-01', '2024-03-01', NO_LIMIT)], [None, None], {}) for tables in small),
        (small[0], [('2024-02-28', '2024-03-03', NO_LIMIT), ('2031-01-01', '2031-01-02', NO_LIMIT)], [None, None], {'schema': SCHEMA}),
        (big, [('2024-02-01', '2024-04-30', QUARTER_STEPS), ('2023-12-28', '2024-01-03', WEEK_STEPS)], ['quarter', 'week'], {}),
    ]]
    expected, limits = [], []
    for case in cases:
        book = Book(case['tables'])
        for (first, last, _), limit in zip(case['windows'], case.pop('limits')):
            expected.append((f"{first} to {last}", book.sections(first, last)))
            limits.append(limit)
    seen = {}

    def run():
        task = {'cases': cases, 'sections': SECTIONS, 'tables': TABLES, 'file': FILE, 'schema': SCHEMA, 'plain': PLAIN}
        done = as_dev(['/usr/bin/python3', '-B', '-c', DRIVER], stdin=json.dumps(task), timeout=60).ok()
        seen.update(json.loads(done.stdout.splitlines()[-1]))

    def suite_untouched():
        for path, digest in SUITE.items():
            with open('/app/' + path, 'rb') as file:
                expect(hashlib.sha256(file.read()).hexdigest() == digest, f'{path} is not the file it was')

    def measured_honestly():
        expect(not seen['events'], f"a section did what it must not: {seen['events'][:3]}")
        for answer in seen['answers']:
            for section in SECTIONS:
                expect(answer.get(section, {}).get('seen', True), f'{section} took the handlers off its connection')

    def schema_means_the_same():
        database = sqlite3.connect(':memory:')
        database.executescript(SCHEMA)
        added = [name for kind, name in seen['objects'] if kind != 'index' and name not in TABLES]
        expect(not added, f'more than indexes in the schema: {added}')
        expect(not seen['unique'], f"unique indexes in the schema: {seen['unique']}")
        for table in TABLES:
            shape = [[list(row) for row in database.execute(f'PRAGMA {what}({table})')] for what in ('table_xinfo', 'foreign_key_list')]
            sql = database.execute('SELECT sql FROM sqlite_master WHERE name = ?', [table]).fetchone()[0]
            expect(seen['shape'][table] == [*shape, squeezed(sql)], f'table {table} is not what it was')

    def command_line():
        done = as_dev(['/app/sales-report', '--db', FILE, '--from', '2024-05-09', '--to', '2024-05-12'],
                      env={'PYTHONDONTWRITEBYTECODE': '1'}).ok()
        sections = Book(PLAIN).sections('2024-05-09', '2024-05-12')
        expect(done.stdout == json.dumps({'from': '2024-05-09', 'to': '2024-05-12', **sections}, indent=2) + '\n',
               'the command prints something else than it did')

    def right(section, index):
        window, sections = expected[index]
        answer, rows = seen['answers'][index][section], sections[section]
        expect(limits[index] is None or 'interrupted' not in answer.get('error', ''),
               f'{section} over a {limits[index]}: too many steps')
        expect('rows' in answer, f"{section} {window}: {answer.get('error')}")
        found = answer['rows']
        for place, (one, other) in enumerate(zip(found, rows)):
            expect(one == other and list(one) == list(other), f'{section} {window}, row {place}: expected {other}, got {one}')
        expect(len(found) == len(rows), f'{section} {window}: expected {len(rows)} rows, got {len(found)}')
        if limits[index]:
            most = QUARTER_STEPS if limits[index] == 'quarter' else WEEK_STEPS
            expect(answer['steps'] <= most, f"{section} over a {limits[index]}: {answer['steps']} steps")
            expect(answer['statements'] <= STATEMENTS, f"{section} over a {limits[index]}: {answer['statements']} statements")

    def fast(section):
        for index, limit in enumerate(limits):
            if limit != 'week':
                right(section, index)

    def week(*sections):
        for section in sections:
            right(section, limits.index('week'))

    verifier.guard('tests-untouched', suite_untouched)
    verifier.guard('sections-can-be-called', run)
    verifier.guard('measured-honestly', measured_honestly)
    verifier.guard('schema-means-the-same', schema_means_the_same)
    verifier.guard('command-line-as-it-was', command_line)
    for section in SECTIONS:
        verifier.check(f'{section}-same-rows-and-fast', 3, lambda section=section: fast(section))
    verifier.check('a-week-of-sales-reads-a-week', 2, lambda: week('regions', 'days', 'products'))
    verifier.check('a-week-of-customers-reads-a-week', 1, lambda: week('customers'))
    verifier.finish()


main()
