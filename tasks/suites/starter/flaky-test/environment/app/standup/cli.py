import argparse
from datetime import date, datetime, timezone

from standup.events import read
from standup.report import report
from standup.roster import Roster
from standup.shards import shard_of


def main(words):
    parser = argparse.ArgumentParser(prog='standup')
    commands = parser.add_subparsers(dest='command', required=True)
    reporting = commands.add_parser('report')
    reporting.add_argument('log')
    reporting.add_argument('--today', type=date.fromisoformat)
    reporting.add_argument('--alias', action='append', default=[], metavar='ALIAS=NAME')
    sharding = commands.add_parser('shard')
    sharding.add_argument('names', nargs='+')
    sharding.add_argument('--of', type=int, default=8)
    asked = parser.parse_args(words)

    if asked.command == 'shard':
        for name in asked.names:
            print(f'{name}\t{shard_of(name, asked.of)}')
        return 0

    roster = Roster()
    for alias in asked.alias:
        roster.add(*alias.split('=', 1))
    with open(asked.log, encoding='utf-8') as log:
        print(report(list(read(log)), roster, asked.today or datetime.now(timezone.utc).date()), end='')
    return 0
