"""What each section costs: steps of SQLite's virtual machine, and statements. Give up with Ctrl-C."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from sales.cli import open_replica  # noqa: E402
from sales.report import SECTIONS  # noqa: E402

EVERY = 100


def main(path, first, last):
    for name, section in SECTIONS.items():
        connection, steps, statements = open_replica(path), [], []
        connection.set_progress_handler(lambda: steps.append(1), EVERY)
        connection.set_trace_callback(statements.append)
        found = section(connection, first, last)
        print(f'{name:10} {len(found):6} rows {len(steps) * EVERY:12,} steps {len(statements):6} statements', flush=True)


main(*sys.argv[1:])
