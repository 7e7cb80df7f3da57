"""Judges the migrations by what databases of our own hold after each step."""

import hashlib
import json
import random
import sys

sys.path.insert(0, '/tests')

from verify import Verifier, as_dev, expect  # noqa: E402

UNTOUCHED = {
    'tests/__init__.py': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    'tests/test_migrate.py': 'c6507c73df3f1132954f7fb1a1c2a07b938f82bbd619094bc69ae256de4fb2c4',
    'migrations/0001_shop.sql': '0a2ed7b3a9ff0c47c12fb5555383f9822d2f03954ca29781e81b1de7d5b73fd4',
    'migrations/0002_notes.sql': 'fbaa71fff3bfcfb25dc5429fa6b2cfdce1fd9689dc88b01a7eb554800307f3f3',
    'migrations/0003_changes.sql': '5391998a7f5411b5527921a05696d6c99bc44ae3a384f246f5d63373ba1b7766',
}

VERSION_3 = '''
CREATE TABLE schema_migrations (
  version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
);
INSERT INTO schema_migrations (version, name) VALUES (1, 'shop'), (2, 'notes'), (3, 'changes');
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT, active INTEGER NOT NULL DEFAULT 1);
CREATE TABLE orders (
  id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id), total REAL, placed_at TEXT NOT NULL
);
CREATE TABLE notes (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id), body TEXT NOT NULL);
CREATE TABLE changes (id INTEGER PRIMARY KEY, what TEXT NOT NULL);
CREATE TRIGGER customer_renamed AFTER UPDATE OF name ON customers
BEGIN
  INSERT INTO changes (what) VALUES ('renamed; ' || OLD.name || '; ' || NEW.name);
END;
'''

# What the first edition of migration 4 committed one by one.
FIRST_EDITION = (
    '''CREATE TABLE emails (
      id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id),
      address TEXT NOT NULL COLLATE NOCASE UNIQUE
    );''',
    'ALTER TABLE orders ADD COLUMN total_cents INTEGER;',
    'UPDATE orders SET total_cents = CAST(total * 100 AS INTEGER);',
    'INSERT INTO emails (customer_id, address) SELECT id, email FROM customers WHERE active = 1 AND email IS NOT NULL;',
)

TABLES = {
    3: {'customers': ['active', 'email', 'id', 'name'], 'orders': ['customer_id', 'id', 'placed_at', 'total'],
        'notes': ['body', 'customer_id', 'id'], 'changes': ['id', 'what'], 'schema_migrations': ['name', 'version']},
    4: {'customers': ['active', 'id', 'name'], 'orders': ['customer_id', 'id', 'placed_at', 'total_cents'],
        'notes': ['body', 'customer_id', 'id'], 'changes': ['id', 'what'], 'schema_migrations': ['name', 'version'],
        'emails': ['address', 'customer_id', 'id'], 'email_conflicts': ['address', 'customer_id']},
}
TABLES[5] = {**TABLES[4], 'balances': ['cents', 'customer_id', 'name']}


def quoted(value):
    if value is None:
        return 'NULL'
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)


def insert(table, rows):
    columns = ', '.join(rows[0])
    return ''.join(f"INSERT INTO {table} ({columns}) VALUES ({', '.join(map(quoted, row.values()))});\n" for row in rows)


class Shop:
    """A shop at version 3, as plain rows: what the databases are compared with."""

    def __init__(self, seed, addresses, customers):
        dice = random.Random(seed)
        self.customers = {}
        for key in range(1, customers + 1):
            name = dice.choice(['Ada', "Bob O'Neil; Sons", 'Cy', 'Dee -- the 2nd', 'Eli']) + f' {key}'
            self.customers[key] = dict(id=key, name=name, email=addresses(dice, key), active=int(key % 3 > 0))
        totals = [19.99, -19.99, 0.29, 1.15, 4.35, 8.2, 0.1, None, 1_000_000.07, -0.57, 33, 2.01, 0.58, 16.08]
        self.orders = {}
        for key in range(1, 29):
            total = totals[key - 1] if key <= len(totals) else dice.randint(-9_999, 99_999) / 100
            self._order(key * 2, dice.randint(1, customers), total)
        self.notes = [dict(id=1, customer_id=1, body="likes tea; it's true"), dict(id=2, customer_id=2, body='')]
        self.changes = [dict(id=3, what='renamed; x; y')]

    def _order(self, key, customer, total):
        self.orders[key] = dict(id=key, customer_id=customer, total=total, placed_at=f'2024-04-{key % 28 + 1:02} 09:00:00')

    def sql(self):
        return (insert('customers', list(self.customers.values())) + insert('orders', list(self.orders.values()))
                + insert('notes', self.notes) + insert('changes', self.changes))

    def meanwhile(self):
        """A day of business at version 3: changes the rows, and answers the statements that do."""
        new = max(self.customers) + 1
        self.customers[new] = dict(id=new, name='New', email='new@example.com', active=1)
        self.customers[2]['email'] = 'Moved@Example.com'
        self.customers[5]['email'] = None
        self.customers[7]['email'] = 'moved@example.com '
        removed = self.orders.pop(6)
        self._order(99, new, 4.35)
        self.orders[8]['total'] = 64.23
        return (
            insert('customers', [self.customers[new]]) + insert('orders', [self.orders[99]])
            + ''.join(f"UPDATE customers SET email = {quoted(self.customers[key]['email'])} WHERE id = {key};" for key in (2, 5, 7))
            + f"DELETE FROM orders WHERE id = {removed['id']}; UPDATE orders SET total = 64.23 WHERE id = 8;"
        )

    def split(self):
        """(emails, conflicts) as sorted pairs."""
        owners, emails, conflicts = set(), [], []
        for key, customer in sorted(self.customers.items()):
            address = customer['email']
            if address is None or not address.strip(' '):
                continue
            folded = address.strip(' ').lower()
            (conflicts if folded in owners else emails).append((key, address))
            owners.add(folded)
        return emails, sorted(conflicts)

    def cents(self):
        return {key: None if order['total'] is None else round(order['total'] * 100) for key, order in self.orders.items()}


def same(what, seen, expected):
    expect(seen == expected, f'{what}: expected {json.dumps(expected)[:300]}, got {json.dumps(seen)[:300]}')


def rows(dump, table, *columns):
    return sorted(tuple(row[column] for column in columns) for row in dump['tables'][table]['rows'])


def shaped(dump, version, where):
    same(f'{where}: tables and columns', {name: table['columns'] for name, table in dump['tables'].items()}, TABLES[version])
    same(f'{where}: versions', [row[0] for row in rows(dump, 'schema_migrations', 'version')], list(range(1, version + 1)))
    same(f'{where}: triggers', [name for kind, name, _ in dump['objects'] if kind == 'trigger'], ['customer_renamed'])
    same(f'{where}: foreign keys and integrity', [dump['broken'], dump['integrity']], [[], 'ok'])


def kept(dump, shop, where):
    same(f'{where}: customers', rows(dump, 'customers', 'id', 'name', 'active'),
         sorted((key, row['name'], row['active']) for key, row in shop.customers.items()))
    same(f'{where}: orders', rows(dump, 'orders', 'id', 'customer_id', 'placed_at'),
         sorted((key, row['customer_id'], row['placed_at']) for key, row in shop.orders.items()))
    same(f'{where}: notes', dump['tables']['notes']['rows'], shop.notes)
    same(f'{where}: changes', dump['tables']['changes']['rows'], shop.changes)


def is_version_5(dump, shop, where):
    shaped(dump, 5, where)
    kept(dump, shop, where)
    emails, conflicts = shop.split()
    same(f'{where}: emails', rows(dump, 'emails', 'customer_id', 'address'), emails)
    same(f'{where}: email_conflicts', rows(dump, 'email_conflicts', 'customer_id', 'address'), conflicts)
    same(f'{where}: total_cents', {row['id']: row['total_cents'] for row in dump['tables']['orders']['rows']}, shop.cents())


def is_version_3(dump, shop, where):
    shaped(dump, 3, where)
    kept(dump, shop, where)
    blank_is_null = {key: row['email'] if (row['email'] or '').strip(' ') else None for key, row in shop.customers.items()}
    seen = {row['id']: row['email'] if (row['email'] or '').strip(' ') else None for row in dump['tables']['customers']['rows']}
    same(f'{where}: customers.email', seen, blank_is_null)
    totals = {row['id']: row['total'] for row in dump['tables']['orders']['rows']}
    same(f'{where}: orders.total', totals, {key: row['total'] for key, row in shop.orders.items()})
    expect(all(total is None or isinstance(total, float) for total in totals.values()), f'{where}: orders.total is not REAL')


def went(run, directions, where):
    """The run ended well and printed one line for each migration, such as `up 0004 some_name`."""
    same(f"{where}: exit code ({run['err'][-200:]})", run['code'], 0)
    same(f'{where}: lines', [' '.join(line.split()[:2]) for line in run['out'].splitlines()], directions)


def clean_addresses(dice, key):
    return f'customer{key}@example.com'


def nasty_addresses(dice, key):
    return dice.choice([
        None, '', '   ', f'c{key}@example.com', f'C{key}@Example.com', 'info@shop.example', 'INFO@shop.example', ' info@shop.example ',
        "o'neil; sons@example.com", "O'Neil; Sons@example.com", f' c{key - 1}@example.com', f'c{max(1, key - 2)}@EXAMPLE.com',
    ])


def half_addresses(dice, key):
    """Without conflicts among the active customers, so that statement 4 of the first edition goes through."""
    if key % 3 == 0:
        return dice.choice(['', None, f'C{key - 1}@example.com', f'c{key - 2}@example.com ', f'own{key}@example.com'])
    return dice.choice([None, f'c{key}@example.com', f'c{key}@example.com', f' c{key}@Example.com'])


GOOD = '-- up\nCREATE TABLE animals (id INTEGER PRIMARY KEY, name TEXT UNIQUE);\nINSERT INTO animals VALUES (1, \'cat\');\n-- down\nDROP TABLE animals;\n'
PLAIN_SQL = '''-- up
-- don't; stop at this comment
CREATE TABLE log (id INTEGER PRIMARY KEY, what TEXT); /* nor; at 'this */
CREATE TRIGGER animal_named AFTER UPDATE ON animals WHEN NEW.name <> OLD.name
BEGIN
  INSERT INTO log (what) VALUES (CASE WHEN NEW.name = 'BEGIN; END;' THEN 'odd; very' ELSE 'named' END);
  UPDATE animals SET id = id WHERE 0;
END;
UPDATE animals SET name = 'BEGIN; END;' WHERE id = 1;
{third}
INSERT INTO log (what) VALUES ('it''s -- the end;')
-- down
DROP TRIGGER animal_named;
DROP TABLE log;
{extra}UPDATE animals SET name = 'cat' WHERE id = 1;
'''
LAST = "-- up\nCREATE TABLE last (id INTEGER);\n-- down\nDROP TABLE last -- without a semicolon\n"
BAD_THIRD = "INSERT INTO animals VALUES (1, 'twice');"


def scenarios():
    shops, plays = {}, {}

    def start(name, shop, *steps):
        shops[name] = shop
        plays[name] = [{'sql': 'BEGIN;' + VERSION_3 + shop.sql() + 'COMMIT;'}, *steps]

    up, up_3, dump = {'migrate': ['up']}, {'migrate': ['up', '--to', '3']}, {'dump': True}
    down_3, status = {'migrate': ['down', '--to', '3']}, {'migrate': ['status']}
    clean = Shop(1, clean_addresses, 6)
    clean.orders = {key: {**order, 'total': float(key)} for key, order in clean.orders.items()}
    shops['clean'] = clean
    plays['clean'] = [up_3, {'sql': clean.sql()}, up, dump, status]
    start('nasty', Shop(21, nasty_addresses, 60), up, dump, up, dump,
          {'sql': "INSERT INTO emails (customer_id, address) SELECT customer_id, '  ' || upper(address) FROM emails LIMIT 1;"})
    for done in range(1, 5):
        shop = Shop(30 + done, half_addresses, 24)
        before = 'BEGIN;' + ''.join(FIRST_EDITION[:done]) + 'COMMIT;'
        start(f'half-{done}', shop, {'sql': before}, up, dump, *([up, dump] if done == 4 else []))
        plays[f'half-{done}'][1]['sql'] += 'BEGIN;' + shop.meanwhile() + 'COMMIT;'
    back = Shop(50, nasty_addresses, 20)
    start('back', back, up)
    plays['back'] += [{'sql': change_version_5(back)}, down_3, dump, up, dump]
    plays['all-the-way'] = [up, {'migrate': ['down', '--to', '4']}, dump, {'migrate': ['down', '--to', '0']}, dump, up, dump]
    files = {'0001_animals.sql': GOOD, '0002_log.sql': PLAIN_SQL.format(third=BAD_THIRD, extra=''), '0003_last.sql': LAST}
    plays['failing-up'] = [
        {'files': files}, {'migrate': ['up'], 'own': True}, dump, {'migrate': ['up'], 'own': True}, dump,
        {'files': {'0002_log.sql': PLAIN_SQL.format(third='', extra='')}}, {'migrate': ['up'], 'own': True}, dump,
    ]
    bad_down = PLAIN_SQL.format(third='', extra='DROP TABLE nowhere;\n')
    plays['failing-down'] = [
        {'files': {**files, '0002_log.sql': bad_down}}, {'migrate': ['up'], 'own': True}, dump,
        {'migrate': ['down', '--to', '0'], 'own': True}, dump,
        {'files': {'0002_log.sql': PLAIN_SQL.format(third='', extra='')}}, {'migrate': ['down', '--to', '0'], 'own': True}, dump,
    ]
    return shops, plays


def change_version_5(shop):
    """Business at version 5, in the rows and as statements."""
    emails, conflicts = shop.split()
    moved, lost, freed = emails[0][0], emails[1][0], conflicts[0][0]
    new = max(shop.customers) + 1
    before = ''.join((
        f"UPDATE emails SET address = 'Fresh@Example.com' WHERE customer_id = {moved};",
        f'DELETE FROM emails WHERE customer_id = {lost};',
        f'DELETE FROM email_conflicts WHERE customer_id = {freed};',
        f"INSERT INTO customers (id, name, active) VALUES ({new}, 'Zoe', 0);",
        f"INSERT INTO emails (customer_id, address) VALUES ({new}, ' zoe@example.com');",
        f"INSERT INTO orders (id, customer_id, total_cents, placed_at) VALUES (200, {new}, -1999, '2024-05-05'), (201, 1, NULL, '2024-05-06');",
        'UPDATE orders SET total_cents = 115 WHERE id = 4;',
    ))
    shop.customers[moved]['email'] = 'Fresh@Example.com'
    shop.customers[lost]['email'] = shop.customers[freed]['email'] = None
    shop.customers[new] = dict(id=new, name='Zoe', email=' zoe@example.com', active=0)
    shop.orders[200] = dict(id=200, customer_id=new, total=-19.99, placed_at='2024-05-05')
    shop.orders[201] = dict(id=201, customer_id=1, total=None, placed_at='2024-05-06')
    shop.orders[4]['total'] = 1.15
    return before


def main():
    verifier = Verifier()
    shops, plays = scenarios()
    answers = {}

    def play():
        with open('/tests/driver.py') as file:
            driver = file.read()
        done = as_dev(['/usr/bin/python3', '-B', '-c', driver], stdin=json.dumps(plays), timeout=60).ok()
        answers.update(json.loads(done.stdout.splitlines()[-1]))

    def seen(name):
        expect('seen' in answers[name], f"{name}: {answers[name].get('error')}")
        return answers[name]['seen']

    def untouched():
        for path, digest in UNTOUCHED.items():
            with open('/app/' + path, 'rb') as file:
                expect(hashlib.sha256(file.read()).hexdigest() == digest, f'{path} is not the file it was')

    def clean():
        first, _, last, dump, status = seen('clean')
        went(first, ['up 0001', 'up 0002', 'up 0003'], 'empty database up to 3')
        went(last, ['up 0004', 'up 0005'], 'a shop without problems')
        same('a shop without problems: versions', [row[0] for row in rows(dump, 'schema_migrations', 'version')], [1, 2, 3, 4, 5])
        kept(dump, shops['clean'], 'a shop without problems')
        same('its addresses', rows(dump, 'emails', 'customer_id', 'address'), shops['clean'].split()[0])
        same('status', [line.split()[0] + ' ' + line.split()[-1] for line in status['out'].splitlines()],
             [f'000{n} applied' for n in range(1, 6)])

    def real_data():
        _, first, dump, again, later, duplicate = seen('nasty')
        went(first, ['up 0004', 'up 0005'], 'real data')
        is_version_5(dump, shops['nasty'], 'real data')
        went(again, [], 'real data, again')
        same('what running again changed', later, dump)
        same('an address that somebody has, in other letters', duplicate, 'refused')

    def half(count):
        name = f'half-{count}'
        _, _, first, dump, *again = seen(name)
        where = f'stopped after {count} statements'
        went(first, ['up 0004', 'up 0005'], where)
        is_version_5(dump, shops[name], where)
        if again:
            went(again[0], [], f'{where}, again')
            same(f'{where}: what running again changed', again[1], dump)

    def half_early():
        for count in (1, 2):
            half(count)

    def half_late():
        for count in (3, 4):
            half(count)

    def failed(run, name, where):
        same(f'{where}: exit code', run['code'], 1)
        expect(name[:4] in run['err'] and name[5:] in run['err'], f"{where}: the message does not name {name}: {run['err'][-200:]}")

    def own(dump, versions, tables, where):
        same(f'{where}: versions', [row[0] for row in rows(dump, 'schema_migrations', 'version')], versions)
        same(f'{where}: tables', sorted(set(dump['tables']) - {'schema_migrations'}), tables)

    def failing_up():
        first, dump, again, later, fixed, last = seen('failing-up')
        failed(first, '0002 log', 'a migration that fails')
        own(dump, [1], ['animals'], 'after the failure')
        same('animals after the failure', rows(dump, 'animals', 'id', 'name'), [(1, 'cat')])
        failed(again, '0002 log', 'the second try')
        same('what the second try changed', later, dump)
        went(fixed, ['up 0002', 'up 0003'], 'with the migration repaired')
        own(last, [1, 2, 3], ['animals', 'last', 'log'], 'with the migration repaired')
        same('log', [row['what'] for row in last['tables']['log']['rows']], ['odd; very', "it's -- the end;"])

    def failing_down():
        _, before, run, after, fixed, last = seen('failing-down')
        same('lines of the migrations taken back', [' '.join(line.split()[:2]) for line in run['out'].splitlines()], ['down 0003'])
        failed(run, '0002 log', 'a way down that fails')
        own(after, [1, 2], ['animals', 'log'], 'after the failure')
        for table in ('animals', 'log'):
            same(f'{table} after the failure', after['tables'][table], before['tables'][table])
        same('triggers after the failure', [name for kind, name, _ in after['objects'] if kind == 'trigger'], ['animal_named'])
        went(fixed, ['down 0002', 'down 0001'], 'with the migration repaired')
        own(last, [], [], 'with the migration repaired')

    def back():
        _, _, changed, down, dump, up, later = seen('back')
        same('changes at version 5', changed, 'done')
        went(down, ['down 0005', 'down 0004'], 'back to 3')
        is_version_3(dump, shops['back'], 'back at 3')
        went(up, ['up 0004', 'up 0005'], 'up again')
        is_version_5(later, shops['back'], 'up again')

    def all_the_way():
        up, four, at_four, zero, at_zero, again, at_five = seen('all-the-way')
        went(up, [f'up 000{n}' for n in range(1, 6)], 'all the way up')
        went(four, ['down 0005'], 'down to 4')
        shaped(at_four, 4, 'down to 4')
        went(zero, [f'down 000{n}' for n in (4, 3, 2, 1)], 'down to 0')
        own(at_zero, [], [], 'down to 0')
        went(again, [f'up 000{n}' for n in range(1, 6)], 'up again')
        shaped(at_five, 5, 'up again')

    verifier.guard('tests-and-migrations-1-to-3-untouched', untouched)
    verifier.guard('migrate-can-be-run', play)
    verifier.guard('what-worked-still-works', clean)
    verifier.check('real-data-arrives', 3, real_data)
    verifier.check('half-migrated-early-arrive', 2, half_early)
    verifier.check('half-migrated-late-arrive', 3, half_late)
    verifier.check('a-failed-migration-leaves-nothing', 3, failing_up)
    verifier.check('a-failed-way-down-leaves-nothing', 2, failing_down)
    verifier.check('down-restores-version-3', 3, back)
    verifier.check('down-goes-all-the-way', 2, all_the_way)
    verifier.finish()


main()
