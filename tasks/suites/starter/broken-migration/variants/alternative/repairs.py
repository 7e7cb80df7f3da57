"""What has to be cleared away before a migration, where an earlier edition of it may have left something."""


def _first_edition_of_migration_4(connection):
    connection.execute('DROP TABLE IF EXISTS emails')
    columns = {row[1] for row in connection.execute('PRAGMA table_info(orders)')}
    if 'total_cents' in columns:
        connection.execute('ALTER TABLE orders DROP COLUMN total_cents')


REPAIRS = {(4, 'addresses_and_cents'): _first_edition_of_migration_4}
