import argparse
import json
import sqlite3
import sys
from datetime import date

from .report import report


def open_replica(path):
    return sqlite3.connect(f'file:{path}?mode=ro', uri=True)


def main(arguments):
    parser = argparse.ArgumentParser(prog='sales-report')
    parser.add_argument('--db', required=True)
    parser.add_argument('--from', dest='first', required=True, type=date.fromisoformat)
    parser.add_argument('--to', dest='last', required=True, type=date.fromisoformat)
    options = parser.parse_args(arguments)
    if options.last < options.first:
        parser.error('--to is before --from')
    try:
        connection = open_replica(options.db)
        result = report(connection, options.first.isoformat(), options.last.isoformat())
    except sqlite3.Error as error:
        print(f'sales-report: {error}', file=sys.stderr)
        return 1
    print(json.dumps(result, indent=2))
    return 0
