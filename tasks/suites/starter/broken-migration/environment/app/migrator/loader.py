import re
from dataclasses import dataclass
from pathlib import Path

FILE = re.compile(r'(\d{4})_(\w+)\.sql')


class BadMigration(Exception):
    """A file that cannot be a migration; the message says which and why."""


@dataclass(frozen=True)
class Migration:
    version: int
    name: str
    up: str
    down: str


def load(folder):
    """The migrations of a folder by ascending version, without gaps from 1."""
    migrations = sorted((_read(path) for path in Path(folder).glob('*.sql')), key=lambda migration: migration.version)
    for expected, migration in enumerate(migrations, 1):
        if migration.version != expected:
            raise BadMigration(f'migration {expected} is missing or there twice')
    return migrations


def _read(path):
    match = FILE.fullmatch(path.name)
    if not match:
        raise BadMigration(f'{path.name}: not NNNN_name.sql')
    parts = re.split(r'^-- (up|down)[ \t]*$', path.read_text(), flags=re.MULTILINE)
    if [parts[index] for index in range(1, len(parts), 2)] != ['up', 'down']:
        raise BadMigration(f'{path.name}: needs one part "-- up" and then one "-- down"')
    return Migration(int(match[1]), match[2], parts[2], parts[4])
