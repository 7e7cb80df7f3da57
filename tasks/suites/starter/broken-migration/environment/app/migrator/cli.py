import argparse
import sys
from pathlib import Path

from .database import open_database
from .loader import BadMigration, load
from .runner import MigrationFailed, down, status, up

FOLDER = Path(__file__).resolve().parent.parent / 'migrations'


def main(arguments):
    parser = argparse.ArgumentParser(prog='migrate')
    parser.add_argument('action', choices=['up', 'down', 'status'])
    parser.add_argument('--db', required=True)
    parser.add_argument('--to', type=int)
    parser.add_argument('--migrations', default=FOLDER)
    options = parser.parse_args(arguments)
    if options.action == 'down' and options.to is None:
        parser.error('down needs --to')
    try:
        migrations = load(options.migrations)
    except BadMigration as error:
        parser.error(str(error))
    connection = open_database(options.db)
    try:
        if options.action == 'up':
            for migration in up(connection, migrations, options.to):
                print(f'up {migration.version:04} {migration.name}')
        elif options.action == 'down':
            for migration in down(connection, migrations, options.to):
                print(f'down {migration.version:04} {migration.name}')
        else:
            for migration, applied in status(connection, migrations):
                print(f"{migration.version:04} {migration.name} {'applied' if applied else 'pending'}")
    except MigrationFailed as error:
        print(f'migrate: {error}', file=sys.stderr)
        return 1
    finally:
        connection.close()
    return 0
