"""Takes the command line apart and runs a command."""

import argparse
import os
import sys

from trail.commands import COMMANDS
from trail.errors import InputError, UsageError
from trail.reader import Reader
from trail.rows import Rows
from trail.settings import load_files

NOTHING, WRONG_USAGE, WRONG_INPUT = 1, 2, 3


class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise UsageError(message)


def build_parser():
    parser = Parser(prog='trail', description='Answers small questions about large access logs.')
    commands = parser.add_subparsers(dest='command', metavar='COMMAND', required=True, parser_class=Parser)
    for name, command in COMMANDS.items():
        sub = commands.add_parser(
            name, help=command.SUMMARY, description=command.SUMMARY,
            epilog=f'example: {command.EXAMPLE}', formatter_class=argparse.RawDescriptionHelpFormatter)
        for setting in command.SETTINGS:
            sub.add_argument(f'--{setting.name}', dest=setting.key, metavar=setting.metavar,
                             help=f'{setting.help} (default: {setting.default})')
        sub.add_argument('--json', action='store_true', help='print JSON lines (default: text)')
        sub.add_argument('--lenient', action='store_true', help='leave out lines that are wrong (default: stop)')
        sub.add_argument('files', nargs='*', metavar='FILE', help='logs to read, - for standard input (default: -)')
    return parser


def main(words):
    try:
        return run(words)
    except UsageError as error:
        return complain(error, WRONG_USAGE)
    except InputError as error:
        sys.stdout.flush()
        return complain(error, WRONG_INPUT)
    except BrokenPipeError:
        # nobody reads on; keep the interpreter from finding out once more when it flushes
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def run(words):
    asked = build_parser().parse_args(words)
    command = COMMANDS[asked.command]
    files = load_files()
    settings = {setting.key: setting.find(asked.command, getattr(asked, setting.key), files)
                for setting in command.SETTINGS}
    reader, rows = Reader(asked.files, asked.lenient), Rows(asked.json)
    command.run(reader, rows, **settings)
    sys.stdout.flush()
    if reader.rejected:
        print(f'trail: left out {reader.rejected} wrong lines', file=sys.stderr)
    return 0 if rows.printed else NOTHING


def complain(error, code):
    print(f'trail: {error}', file=sys.stderr)
    return code
