import sqlite3

from .database import forget, remember, versions
from .repairs import REPAIRS


class MigrationFailed(Exception):
    """A migration whose SQL the database refused."""


def up(connection, migrations, to=None):
    """Applies what is missing, and yields each migration that was."""
    seen = versions(connection)
    for migration in migrations:
        if migration.version in seen or (to is not None and migration.version > to):
            continue
        repair = REPAIRS.get((migration.version, migration.name), lambda connection: None)
        _run(connection, migration, repair, migration.up, remember)
        yield migration


def down(connection, migrations, to):
    """Takes back what is above a version, the newest first, and yields each migration that was."""
    seen = versions(connection)
    for migration in sorted(migrations, key=lambda migration: -migration.version):
        if migration.version in seen and migration.version > to:
            _run(connection, migration, lambda connection: None, migration.down, forget)
            yield migration


def status(connection, migrations):
    seen = versions(connection)
    return [(migration, migration.version in seen) for migration in migrations]


def _run(connection, migration, repair, sql, record):
    """One transaction around the repair, the script and the history; the connection commits nothing by itself."""
    try:
        connection.execute('BEGIN EXCLUSIVE')
        repair(connection)
        connection.executescript(sql)
        record(connection, migration)
        connection.execute('COMMIT')
    except sqlite3.Error as error:
        if connection.in_transaction:
            connection.execute('ROLLBACK')
        raise MigrationFailed(f'{migration.version:04} {migration.name}: {error}') from error
