import sqlite3

from .database import forget, remember, versions


class MigrationFailed(Exception):
    """A migration whose SQL the database refused. It has left nothing behind."""


def up(connection, migrations, to=None):
    """Applies what is missing, in ascending order, and yields each migration that was."""
    for migration in migrations:
        if (to is None or migration.version <= to) and _run(connection, migration, upwards=True):
            yield migration


def down(connection, migrations, to):
    """Takes back what is above a version, in descending order, and yields each migration that was."""
    for migration in reversed(migrations):
        if migration.version > to and _run(connection, migration, upwards=False):
            yield migration


def status(connection, migrations):
    seen = versions(connection)
    return [(migration, migration.version in seen) for migration in migrations]


def _run(connection, migration, upwards):
    """One migration and its line in the history, in one transaction. Answers whether it was due.

    The lock is taken before the history is read, so that of two runners at once only one does the work.
    """
    try:
        connection.execute('BEGIN IMMEDIATE')
        due = (migration.version in versions(connection)) != upwards
        if due:
            for statement in statements(migration.up if upwards else migration.down):
                connection.execute(statement)
            (remember if upwards else forget)(connection, migration)
        connection.execute('COMMIT')
        return due
    except sqlite3.Error as error:
        if connection.in_transaction:
            connection.execute('ROLLBACK')
        raise MigrationFailed(f'{migration.version:04} {migration.name}: {error}') from error


def statements(sql):
    """Cuts a script where SQLite says that a statement is complete: not within texts, comments and triggers."""
    statement = ''
    for piece in sql.split(';'):
        statement += piece + ';'
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ''
    # What is left has no semicolon of its own: blanks and comments, or a last statement without one.
    yield statement.removesuffix(';')
