import sqlite3

HISTORY = '''
CREATE TABLE IF NOT EXISTS schema_migrations (
  version INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
)
'''


def open_database(path):
    """A connection in autocommit mode: transactions begin and end only where the runner says so."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(HISTORY)
    return connection


def versions(connection):
    """The versions that a database has seen."""
    return {row[0] for row in connection.execute('SELECT version FROM schema_migrations')}


def remember(connection, migration):
    connection.execute(
        'INSERT INTO schema_migrations (version, name) VALUES (?, ?)', (migration.version, migration.name)
    )


def forget(connection, migration):
    connection.execute('DELETE FROM schema_migrations WHERE version = ?', (migration.version,))
