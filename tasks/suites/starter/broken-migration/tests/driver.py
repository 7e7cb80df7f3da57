"""Plays scenarios: fills databases, runs ./migrate on them, and tells what they hold.

Runs as `dev` and reads the scenarios from stdin; what should have happened is not in here.
"""

import json
import os
import runpy
import sqlite3
import sys
import tempfile

import argparse, contextlib, dataclasses, pathlib, re, traceback  # noqa: E401, F401  (children start warm)

scenarios = json.load(sys.stdin)
sys.path[0:0] = ['/app']
memory = '/dev/shm' if os.access('/dev/shm', os.W_OK) else None  # no disk to wait for
bytecode = tempfile.TemporaryDirectory(dir=memory)
sys.dont_write_bytecode, sys.pycache_prefix = False, bytecode.name  # nothing stays in /app


def migrate(folder, arguments):
    """./migrate in a process of its own, which the interpreter that watches never shares."""
    out, err = os.path.join(folder, 'out'), os.path.join(folder, 'err')
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = 70
        try:
            for number, path in ((1, out), (2, err)):
                os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
            sys.argv = ['/app/migrate', *arguments]
            runpy.run_path('/app/migrate', run_name='__main__')
            code = 0
        except SystemExit as exit:
            code = exit.code if isinstance(exit.code, int) else int(exit.code is not None)
            if isinstance(exit.code, str):
                sys.stderr.write(exit.code)
        except BaseException:
            traceback.print_exc()
            code = 1
        finally:
            with contextlib.suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)
    _, status = os.waitpid(child, 0)
    with open(out) as file, open(err) as errors:
        return {'code': os.waitstatus_to_exitcode(status), 'out': file.read()[:2000], 'err': errors.read()[-1000:]}


def dump(path):
    with contextlib.closing(sqlite3.connect(path)) as database:
        objects = database.execute("SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name").fetchall()
        tables = {}
        for kind, name, _ in objects:
            if kind in ('table', 'view'):
                columns = ', '.join('"%s"' % row[1] for row in database.execute(f'PRAGMA table_info("{name}")') if row[1] != 'applied_at')
                cursor = database.execute(f'SELECT {columns} FROM "{name}"')
                names = [column[0] for column in cursor.description]
                tables[name] = {'columns': sorted(names), 'rows': [dict(zip(names, row)) for row in cursor]}
        broken = [list(row) for row in database.execute('PRAGMA foreign_key_check')]
        return {'objects': objects, 'tables': tables, 'broken': broken, 'integrity': database.execute('PRAGMA integrity_check').fetchone()[0]}


def play(steps, folder):
    seen = []
    for step in steps:
        path = os.path.join(folder, 'shop.db')
        if 'sql' in step:
            with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
                try:
                    database.executescript(step['sql'])
                    seen.append('done')
                except sqlite3.IntegrityError:
                    seen.append('refused')
        elif 'files' in step:
            for name, text in step['files'].items():
                with open(os.path.join(folder, name), 'w') as file:
                    file.write(text)
        elif 'migrate' in step:
            own = ['--migrations', folder] if step.get('own') else []
            seen.append(migrate(folder, [*step['migrate'], '--db', path, *own]))
        else:
            seen.append(dump(path))
    return seen


answers = {}
for name, steps in scenarios.items():
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        try:
            answers[name] = {'seen': play(steps, folder)}
        except Exception as error:
            answers[name] = {'error': f'{type(error).__name__}: {error}'}
print('\n' + json.dumps(answers))
