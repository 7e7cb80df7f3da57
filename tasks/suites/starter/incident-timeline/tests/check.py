"""Judges /app/timeline on folders of logs whose true story is known because they were made from it."""

import hashlib
import json
import os
import random
import shutil
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, '/tests')

from incident import Incident, utc  # noqa: E402
from verify import Verifier, as_dev, expect  # noqa: E402

GIVEN = {
    'docs/example/access.log': '801beb1ada65cea208ee49c5db86da3d0b786ba3c84850e48d0d35fabac4484e',
    'docs/example/app.jsonl': 'bb199b3d5a6b8a7099417ae937cc85ade2cf8f9fe5cae3f7ff68a8ada8249af2',
    'docs/example/incident.json': '17bb8b5f813c9606ddc7167b60757c2d496fc1215831d12aec7a67ec9a9e0d7f',
    'docs/example/syslog': 'fe65a35910c2fe4a578a04a4a82c4a29de8a6e1c288fadb045f88ee7cc7e5ddf',
    'docs/example/timeline.json': '19e94094d1ff0f9087bc9fc5d6ba24cee27009c4c61c9fb273d9e448217c5e48',
    'docs/timeline.md': '10a314ae1ada384584ced15a1cac7a8ff487e4389481c261293ace586d9d3ed0',
    'logs/new-year/access.log': '97aabe12553bd6f611e8dffb2974285e23e2e054b7afb4d16a7991ae016c135b',
    'logs/new-year/app.jsonl': '0659c862659e3da89bb3f3120d66cc0017c5f14a6d64991bc47acc0b3963023d',
    'logs/new-year/incident.json': '8a4337607510a17565cba8028f4d60e328701a7d1139733f0a3b9cb986689414',
    'logs/new-year/syslog': '45230d4e707d3587a1d2f1665ced0bba63753ba34c575e89c4b82ed232c812d7',
}

HOSTS = {
    'web-1': {'utc_offset_minutes': 60, 'clock_ahead_ms': 1500},
    'web-2': {'utc_offset_minutes': 60, 'clock_ahead_ms': -2250},
    'db-1': {'utc_offset_minutes': -300, 'clock_ahead_ms': 90_000},
    'mail': {'utc_offset_minutes': 330, 'clock_ahead_ms': 0},
}
TRUE_CLOCKS = {host: {**clock, 'clock_ahead_ms': 0} for host, clock in HOSTS.items()}


def at(moment, **later):
    return utc(moment) + timedelta(**later)


def formats():
    """All that the three formats allow, in the night of a new year."""
    incident = Incident('2027-12-31T21:00:00Z', '2028-01-01T03:00:00Z', HOSTS, 5)
    night = '2027-12-31T22:00:00Z'
    for number, style in enumerate(['Z', 'ms', '+', '-', 'ns', 'ns', '-', '+', 'ms', 'Z']):
        host = ['web-1', 'web-2', 'db-1', 'not-listed'][number % 4]
        severity = ['warn', 'error', 'fatal'][number % 3]
        fraction = [0, 7, 999, 500, 40][number % 5]
        incident.app(at(night, minutes=11 * number, milliseconds=fraction), host, severity, f'problem {number}', style)
    for number, (severity, level) in enumerate([('warn', 'warning'), ('warn', 'WARN'), ('error', 'err'), ('error', 'ERROR'),
                                                ('fatal', 'Critical'), ('fatal', 'fatal'), ('info', 'Info'), ('debug', 'DEBUG')]):
        incident.app(at(night, minutes=5 * number, seconds=1), 'mail', severity, f'level {number}', level=level, more='\n  at line 7\n  at line 8')
    incident.app(at(night, seconds=30), 'mail', 'warn', 'says "quoted" \u2013 und \u00fcber', 'Z')
    for number, (method, path, status, offset) in enumerate([
        ('GET', '/', 500, 60), ('POST', '/api/orders', 503, 60), ('GET', '/a/b', 429, -300), ('GET', '/a/b', 404, 330), ('PUT', '/x', 304, 0),
        ('DELETE', '/x/1', 599, -210), ('GET', '/very/long/path', 502, 840), ('HEAD', '/api', 429, 60),
    ]):
        query = ['', '?id=7&next=/a?b', '?'][number % 3]
        agent = ['curl/8.5', 'odd "agent" 1.0', '-'][number % 3]
        incident.access(at(night, minutes=13 * number, seconds=7), ['web-1', 'web-2', 'edge'][number % 3], method, path, status, offset,
                        query, ['-', 'ana'][number % 2], agent)
    for number, (host, priority, program, text, repeated) in enumerate([
        ('db-1', 27, 'postgres', 'connection lost: too many clients', 0), ('db-1', 27, 'postgres', 'connection lost: too many clients', 3),
        ('mail', 0, 'kernel', 'panic', 0), ('web-1', 130, 'sshd', 'fatal: no hostkeys', 0), ('web-2', 188, 'cron', '[job 7] late [again]', 0),
        ('web-2', 188, 'cron', '[job 7] late [again]', 12), ('mail', 191, 'postfix', 'debugging', 0), ('mail', 22, 'postfix/smtpd', 'connect', 0),
        ('db-1', 3, 'kernel', 'I/O error', 0), ('web-1', 12, 'app-2.service', 'slow', 1), ('mail', 161, 'audit', 'full', 0),
    ]):
        incident.syslog(at(night, minutes=19 * number, seconds=59), host, priority, program, text, repeated, None if number % 4 == 2 else 40 + number)
    return incident.shuffle()


def years():
    """Syslog around a new year seen from January, leap days, and days that do not exist."""
    incident = Incident('2026-01-01T00:30:00Z', '2026-03-02T00:00:00Z', HOSTS, 6)
    for minutes in (-150, -31, -1, 0, 29, 31, 90):
        incident.syslog(at('2026-01-01T00:00:00Z', minutes=minutes), 'db-1', 27, 'postgres', f'minute {minutes}')
        incident.syslog(at('2026-01-01T00:00:00Z', minutes=minutes), 'mail', 28, 'postfix', f'minute {minutes}')
    incident.syslog(at('2026-02-28T23:00:00Z'), 'web-1', 26, 'kernel', 'end of february')
    incident.syslog(at('2025-07-04T12:00:00Z'), 'web-1', 26, 'kernel', 'half a year before')
    incident.syslog(at('2026-06-30T12:00:00Z'), 'web-1', 26, 'kernel', 'half a year after')
    incident.raw('syslog', '<26>Feb 29 10:00:00 web-1 kernel: no leap year near', '<26>Apr 31 10:00:00 web-1 kernel: never')
    return incident.shuffle()


def leap_year():
    incident = Incident('2025-01-10T00:00:00Z', '2025-01-11T00:00:00Z', HOSTS, 7)
    incident.syslog(at('2024-02-29T12:00:00Z'), 'mail', 27, 'postfix', 'on the leap day')
    incident.syslog(at('2025-01-10T12:00:00Z'), 'mail', 27, 'postfix', 'today')
    incident.syslog(at('2025-01-09T23:59:59Z'), 'web-2', 27, 'kernel', 'in by its clock only')
    incident.syslog(at('2025-01-10T00:01:29Z'), 'db-1', 27, 'kernel', 'out by its clock only')
    return incident


def stories():
    """Entries and incidents at their limits, in plain application logs."""
    incident = Incident('2025-05-05T10:00:00Z', '2025-05-05T16:00:00Z', TRUE_CLOCKS, 8)
    begin = '2025-05-05T10:00:00Z'

    def say(moment, host, severity, message, *offsets):
        for offset in offsets:
            incident.app(at(moment, milliseconds=offset), host, severity, message, 'Z')

    say(begin, 'mail', 'warn', 'queue long', -1, 0, 60_000, 120_000, 180_001, 240_001, 300_002)
    say(begin, 'mail', 'error', 'queue long', 30_000, 90_000)
    say(begin, 'web-1', 'warn', 'queue long', 30_000, 30_000, 95_000)
    say(begin, 'web-1', 'info', 'queue long', 31_000)
    say('2025-05-05T11:00:00Z', 'db-1', 'error', 'deadlock', 0, 300_000, 600_000, 900_000, 1_200_000)
    say('2025-05-05T12:00:00Z', 'db-1', 'error', 'deadlock', 0, 300_000, 600_000, 900_000, 1_200_001)
    say('2025-05-05T13:00:00Z', 'web-2', 'error', 'upstream gone', 0, 1_000, 2_000)
    say('2025-05-05T13:00:00Z', 'web-1', 'error', 'upstream gone', 0, 250_000)
    say('2025-05-05T13:00:00Z', 'db-1', 'fatal', 'out of disk', 240_000)
    say('2025-05-05T13:00:00Z', 'db-1', 'error', 'out of disk', 240_000)
    say('2025-05-05T14:00:00Z', 'mail', 'warn', 'only a warning', *range(0, 60_000, 5_000))
    say('2025-05-05T16:00:00Z', 'mail', 'error', 'near the end', -240_000, -180_000, -120_000, -60_000, 0)
    say('2025-05-05T16:00:00Z', 'mail', 'fatal', 'near the end', -1, 1)
    return incident.shuffle()


def oddities():
    """Lines that cannot be read, among some that can; other line ends."""
    incident = Incident('2025-05-05T10:00:00Z', '2025-05-05T12:00:00Z', TRUE_CLOCKS, 9)
    noon = '2025-05-05T11:00:00Z'
    good = '{"ts": "2025-05-05T11:00:00Z", "host": "h", "level": "warn", "msg": "m"}'
    for part, instead in (
        ('"2025-05-05T11:00:00Z"', '"2025-05-05T11:00:00"'),
        ('"2025-05-05T11:00:00Z"', '"2025-02-30T11:00:00Z"'), ('"2025-05-05T11:00:00Z"', 'null'), ('"2025-05-05T11:00:00Z"', 'true'),
        ('"2025-05-05T11:00:00Z"', '"2025-05-05T11:00:00.Z"'), ('"2025-05-05T11:00:00Z"', '"1746442800000"'),
        ('"h"', '""'), ('"h"', '7'), ('"warn"', '"notice"'), ('"warn"', 'null'), ('"m"', '""'), ('"m"', '["m"]'), ('"msg"', '"message"'), ('}', ''),
    ):
        incident.raw('app', good.replace(part, instead))
        incident.app(at(noon, minutes=len(incident.lines['app'])), 'web-1', 'warn', f"fine {len(incident.lines['app'])}")
    incident.raw('app', '', '   ', '[]', '"text"', '17', 'null', 'panic: no JSON at all')
    good = 'web-1 203.0.113.9 - - [05/May/2025:13:00:00 +0200] "GET /x HTTP/1.1" 500 166 "-" "curl/8.5"'
    for part, instead in (
        ('500', '600'), ('500', '5000'), ('500', '099'), ('05/May', '32/May'), ('May', 'Mai'), (' +0200', ''), ('"GET /x HTTP/1.1"', '""'), ('"GET /x HTTP/1.1"', '"GET"'),
        (' "curl/8.5"', ''), ('166', 'many'), ('web-1 ', ''), ('[', ''), ('13:00:00', '25:00:00'),
    ):
        incident.raw('access', good.replace(part, instead))
        incident.access(at(noon, minutes=len(incident.lines['access'])), 'web-2', 'GET', f"/fine/{len(incident.lines['access'])}", 500)
        incident.raw('access', '')
    good = '<27>May  5 11:00:00 mail postfix[7]: text'
    for part, instead in (
        ('<27>', ''), ('<27>', '<192>'), ('<27>', '<>'), ('<27>', '<-1>'), ('May', 'Mai'), ('May  5', 'May 32'), ('May  5', 'May  0'), ('mail', 'unknown'),
        ('postfix[7]:', 'postfix[7]'), ('11:00:00', '11:00'), ('11:00:00', '11:60:00'),
    ):
        incident.raw('syslog', good.replace(part, instead))
        incident.syslog(at(noon, minutes=len(incident.lines['syslog'])), 'mail', 27, 'postfix', f"fine {len(incident.lines['syslog'])}")
    return incident


def whole():
    """A long night with everything at once."""
    incident = Incident('2030-12-31T20:00:00Z', '2031-01-01T04:00:00Z', HOSTS, 10)
    dice = random.Random(11)
    for storm in range(9):
        centre = at('2030-12-31T20:00:00Z', seconds=dice.randrange(-1_000, 30_000))
        for _ in range(dice.choice([3, 6, 18, 40])):
            when = centre + timedelta(seconds=dice.randrange(0, dice.choice([100, 900])))
            kind, host = dice.choice(['app', 'access', 'syslog']), dice.choice(list(HOSTS))
            if kind == 'app':
                when += timedelta(milliseconds=dice.randrange(1_000))
                incident.app(when, host, dice.choice(['debug', 'info', 'warn', 'error', 'error', 'fatal']), dice.choice(['timeout', 'refused', 'retry']))
            elif kind == 'access':
                incident.access(when, host, dice.choice(['GET', 'POST']), dice.choice(['/a', '/b']), dice.choice([200, 404, 429, 500, 502, 502]),
                                dice.choice([0, 60, -300]), dice.choice(['', '?q=1']))
            else:
                incident.syslog(when, host, dice.randrange(24, 32), dice.choice(['kernel', 'cron']), dice.choice(['stuck', 'oom: killed 7']),
                                dice.choice([0, 0, 0, 2, 5]))
    for source in incident.lines:
        incident.raw(source, 'what is this', '', '...')
    return incident.shuffle()


class Runs:
    """What the program made of each folder, asked once."""

    def __init__(self, folder):
        self.folder, self.known = Path(folder), {}

    def write(self, name, files):
        path = self.folder / name
        path.mkdir()
        path.chmod(0o755)
        for file, text in files.items():
            (path / file).write_bytes(text.encode())
            (path / file).chmod(0o644)
        return str(path)

    def of(self, incident, name, endings=('\n',)):
        if name not in self.known:
            self.known[name] = self._ask(self.write(name, incident.files(endings))), incident.timeline()
        done, expected = self.known[name]
        expect(done is not None, 'there is no program /app/timeline that can be run')
        return done.json(), expected

    def _ask(self, path):
        try:
            return as_dev(['/app/timeline', path], timeout=20)
        except OSError:
            return None

    def refuses(self, name, files):
        done = self._ask(self.write(name, files))
        expect(done is not None, 'there is no program /app/timeline that can be run')
        expect(done.code == 2, f'{name}: exit code {done.code}, not 2')
        expect(done.stdout == '' and done.stderr.strip() != '', f'{name}: wants a message on stderr and nothing on stdout')


def same(what, seen, expected):
    if isinstance(seen, list) and isinstance(expected, list):
        for place, (one, other) in enumerate(zip(seen, expected)):
            expect(one == other, f'{what}, number {place}: expected {json.dumps(other)}, got {json.dumps(one)}')
        expect(len(seen) == len(expected), f'{what}: expected {len(expected)}, got {len(seen)}')
    expect(seen == expected, f'{what}: expected {json.dumps(expected)}, got {json.dumps(seen)}')


def given_untouched():
    found = {}
    for top in ('docs', 'logs'):
        for folder, _, names in os.walk(f'/app/{top}'):
            for name in names:
                with open(os.path.join(folder, name), 'rb') as file:
                    found[os.path.relpath(os.path.join(folder, name), '/app')] = hashlib.sha256(file.read()).hexdigest()
    for path, digest in GIVEN.items():
        expect(found.get(path) == digest, f'{path} is not the file it was')


def main():
    verifier = Verifier()
    folder = tempfile.mkdtemp(prefix='incidents-')
    os.chmod(folder, 0o755)
    runs = Runs(folder)

    def entries_of(source):
        seen, expected = runs.of(formats(), 'formats')
        of = lambda timeline: [entry for entry in timeline['entries'] if entry['source'] == source]  # noqa: E731
        expect(of(expected), 'nothing to compare')
        same(f'entries of {source}', of(seen), of(expected))

    def syslog_years():
        for name, incident in (('years', years()), ('leap-year', leap_year())):
            seen, expected = runs.of(incident, name)
            same(f'{name}: entries', seen['entries'], expected['entries'])
            same(f'{name}: rejected', seen['rejected'], expected['rejected'])

    def part(key):
        seen, expected = runs.of(stories(), 'stories')
        same(key, seen[key], expected[key])

    def totals():
        for name, incident in (('stories', stories()), ('formats', formats())):
            seen, expected = runs.of(incident, name)
            same(f'{name}: window', seen['window'], expected['window'])
            same(f'{name}: totals', seen['totals'], expected['totals'])

    def rejected():
        seen, expected = runs.of(oddities(), 'oddities', ('\n', '\r\n'))
        same('rejected lines', seen['rejected'], expected['rejected'])
        same('entries beside them', seen['entries'], expected['entries'])

    def everything():
        seen, expected = runs.of(whole(), 'whole', ('\r\n', '\n', '\n'))
        for key, value in expected.items():
            same(f'a whole night: {key}', seen[key], value)
        same('a whole night: keys', sorted(seen), sorted(expected))

    def refused():
        seen, expected = runs.of(stories(), 'stories')
        same('the window of a folder that has one', seen['window'], expected['window'])
        runs.refuses('no-incident', {'syslog': '<27>May  5 11:00:00 mail postfix[7]: text\n'})

    verifier.guard('docs-and-logs-untouched', given_untouched)
    verifier.check('application-logs', 2, lambda: entries_of('app'))
    verifier.check('access-logs', 2, lambda: entries_of('access'))
    verifier.check('syslog', 2, lambda: entries_of('syslog'))
    verifier.check('syslog-finds-the-year', 2, syslog_years)
    verifier.check('entries-gather-what-repeats', 2, lambda: part('entries'))
    verifier.check('incidents-begin-and-end', 2, lambda: part('incidents'))
    verifier.check('totals-and-window', 1, totals)
    verifier.check('unreadable-lines-are-named', 2, rejected)
    verifier.check('a-folder-without-an-incident', 1, refused)
    verifier.check('a-whole-night', 4, everything)
    shutil.rmtree(folder, ignore_errors=True)
    verifier.finish()


main()
