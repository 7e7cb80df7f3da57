import sqlite3

from .database import forget, remember, versions


class MigrationFailed(Exception):
    """A migration whose SQL the database refused."""


def up(connection, migrations, to=None):
    """Applies what is missing, and yields each migration that was."""
    seen = versions(connection)
    for migration in migrations:
        if migration.version in seen or (to is not None and migration.version > to):
            continue
        _run(connection, migration, migration.up)
        remember(connection, migration)
        yield migration


def down(connection, migrations, to):
    """Takes back what is above a version, and yields each migration that was."""
    seen = versions(connection)
    for migration in migrations:
        if migration.version in seen and migration.version > to:
            forget(connection, migration)
            _run(connection, migration, migration.down)
            yield migration


def status(connection, migrations):
    seen = versions(connection)
    return [(migration, migration.version in seen) for migration in migrations]


def _run(connection, migration, sql):
    try:
        connection.executescript(sql)
    except sqlite3.Error as error:
        raise MigrationFailed(f'{migration.version:04} {migration.name}: {error}') from error
