import contextlib
import io
import sqlite3
import tempfile
import unittest
from pathlib import Path

from migrator.cli import main


class Migrate(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.db = str(self.folder / 'shop.db')

    def migrate(self, *arguments):
        output = io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            code = main([*arguments, '--db', self.db])
        return code, output.getvalue()

    def test_an_empty_database_goes_all_the_way(self):
        code, output = self.migrate('up')
        self.assertEqual(code, 0)
        self.assertEqual(len(output.splitlines()), 5)
        self.assertEqual(self.migrate('up'), (0, ''))

    def test_up_to_a_version_and_status(self):
        self.migrate('up', '--to', '2')
        _, output = self.migrate('status')
        self.assertEqual([line.split()[-1] for line in output.splitlines()], ['applied'] * 2 + ['pending'] * 3)

    def test_addresses_move(self):
        self.migrate('up', '--to', '3')
        with contextlib.closing(sqlite3.connect(self.db)) as shop, shop:
            shop.execute("INSERT INTO customers (name, email) VALUES ('Ana', 'Ana@example.com')")
            shop.execute("INSERT INTO orders (customer_id, total, placed_at) VALUES (1, 12.5, '2024-05-01')")
        self.assertEqual(self.migrate('up')[0], 0)
        with contextlib.closing(sqlite3.connect(self.db)) as shop:
            self.assertEqual(shop.execute('SELECT customer_id, address FROM emails').fetchall(), [(1, 'Ana@example.com')])
            self.assertEqual(shop.execute('SELECT total_cents FROM orders').fetchall(), [(1250,)])

    def test_a_broken_migration_is_reported(self):
        (self.folder / '0001_broken.sql').write_text('-- up\nCREATE TABEL oops (id);\n-- down\n')
        code, output = self.migrate('up', '--migrations', str(self.folder))
        self.assertEqual(code, 1)
        self.assertIn('0001 broken', output)
