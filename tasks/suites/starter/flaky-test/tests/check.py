"""Runs the engineer's suite under many skies, on planted bugs, and asks the product by itself."""

import json
import os
import random
import secrets
import select
import subprocess
import sys
import time
import zlib

sys.path.insert(0, '/tests')
from verify import CLEAN_ENVIRONMENT, Verifier, expect  # noqa: E402

# Runs jobs in a fork each, in which product and tests are imported anew: a zone, a clock, an order, a planted bug.
RUNNER = r'''
import datetime as dt, gc, importlib, json, os, random, signal, sys, time, unittest

def preload():
    """What the sources name is loaded once, before any clock is set, and not again by each fork."""
    text = ''
    for folder, _, names in os.walk('.'):
        for name in names:
            if name.endswith('.py'):
                with open(os.path.join(folder, name), errors='replace') as file: text += file.read()
    for name in ('collections', 'dataclasses', 'inspect', 'pathlib', 'subprocess', 'tempfile', 'unittest.mock', 'zlib'):
        if name.rpartition('.')[2] in text: importlib.import_module(name)

REAL_DATETIME, REAL_DATE, REAL_TIME = dt.datetime, dt.date, time.time

def set_clock(base):
    start, stopped = REAL_TIME(), (time.localtime, time.gmtime, time.strftime)
    now = lambda: base + REAL_TIME() - start
    class AnyDate(type):
        def __instancecheck__(cls, value): return isinstance(value, cls.stands_for)
    class date(REAL_DATE, metaclass=AnyDate):
        stands_for = REAL_DATE
        @classmethod
        def today(cls): return cls.fromtimestamp(now())
    class datetime(REAL_DATETIME, metaclass=AnyDate):
        stands_for = REAL_DATETIME
        @classmethod
        def now(cls, tz=None): return cls.fromtimestamp(now(), tz)
        @classmethod
        def today(cls): return cls.fromtimestamp(now())
        @classmethod
        def utcnow(cls): return cls.fromtimestamp(now(), dt.timezone.utc).replace(tzinfo=None)
    dt.date, dt.datetime = date, datetime
    time.time, time.time_ns = now, lambda: int(now() * 1e9)
    time.localtime = lambda at=None: stopped[0](now() if at is None else at)
    time.gmtime = lambda at=None: stopped[1](now() if at is None else at)
    time.strftime = lambda form, at=None: stopped[2](form, time.localtime() if at is None else at)

def plant(module, path, bug):
    """Puts bug(original) wherever the product has the original."""
    __import__(module)
    *owner, name = path.split('.')
    holder = sys.modules[module]
    for part in owner: holder = getattr(holder, part)
    original = getattr(holder, name)
    broken = eval(bug, {'dt': dt, 'DAY': 86400, 'HOUR': 3600})(original)
    setattr(holder, name, broken)
    for known in [m for n, m in list(sys.modules.items()) if n.partition('.')[0] == 'standup']:
        for key, value in list(vars(known).items()):
            if value is original: setattr(known, key, broken)

def flat(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite): yield from flat(test)
        else: yield test

class Tally(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.ran, self.bad, self.left_out = [], [], []
    def _exc_info_to_string(self, error, test): return ''  # nobody reads it
    def startTest(self, test): super().startTest(test); self.ran.append(test.id())
    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error: self.bad.append(test.id())
    def addError(self, test, error): super().addError(test, error); self.bad.append(test.id())
    def addFailure(self, test, error): super().addFailure(test, error); self.bad.append(test.id())
    def addUnexpectedSuccess(self, test): super().addUnexpectedSuccess(test); self.bad.append(test.id())
    def addExpectedFailure(self, test, error): super().addExpectedFailure(test, error); self.left_out.append(test.id())
    def addSkip(self, test, reason): super().addSkip(test, reason); self.left_out.append(test.id())

def run_suite(job):
    if job.get('bug'): plant(*job['bug'])
    tests = list(flat(unittest.defaultTestLoader.discover('.')))
    order = job.get('order', 'given')
    if order == 'reversed': tests.reverse()
    elif order != 'given': random.Random(order).shuffle(tests)
    tally = Tally()
    tally.failfast = 'bug' in job  # one test that notices is enough
    unittest.TestSuite(tests).run(tally)
    return {'ran': tally.ran, 'bad': tally.bad, 'left_out': tally.left_out}

def run_probe(job):
    for name in ('days', 'events', 'ranking', 'report', 'roster', 'shards'): __import__('standup.' + name)
    known = {'standup': sys.modules['standup'], 'dt': dt, 'time': time}
    told = {}
    for question in job['probe']:
        try: told[question] = str(eval(question, known))
        except Exception as error: told[question] = type(error).__name__ + ': ' + str(error)
    return told

def do(job):
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        signal.alarm(30)
        try:
            nowhere = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2): os.dup2(nowhere, stream)
            if 'zone' in job:
                os.environ['TZ'] = job['zone']
                time.tzset()
            if 'clock' in job: set_clock(job['clock'])
            told = run_probe(job) if 'probe' in job else run_suite(job)
            with os.fdopen(write, 'w') as out: json.dump(told, out)
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as told: text = told.read()
    os.waitpid(child, 0)
    try: return json.loads(text)
    except ValueError: return None

token = sys.stdin.readline().strip()
preload()
sys.pycache_prefix = sys.argv.pop()
sys.path.insert(0, os.getcwd())
gc.freeze()  # what was loaded before stays shared with the forks
for number, line in enumerate(sys.stdin):
    print(f'{token} {number} {json.dumps(do(json.loads(line)))}', flush=True)
os._exit(0)
'''

NOON = 1741780800  # Wednesday 12 March 2025, 12:00 UTC: a good day
CALM = {'zone': 'UTC', 'clock': NOON}
CALM_SEED = 8
SEEDS = (1, 4, 6)
AUCKLAND, SEATTLE, DELHI = 'NZST-12NZDT,M9.5.0,M4.1.0/3', 'PST8PDT,M3.2.0,M11.1.0', 'IST-5:30'
CLOCKS = {
    'the evening of 31 March 2025': 1743463800, 'noon of 29 February 2024': 1709208000,
    'just into 1 January 2025': 1735690200, 'Sunday 1 June 2025': 1748784000,
}
TESTS = [f'{where}.{name}' for where, names in {
    'tests.test_days.ParseWhen': 'test_without_a_zone_it_is_utc test_an_offset_counts',
    'tests.test_days.DayOf': 'test_a_day_ends_at_midnight test_now_is_today',
    'tests.test_days.Label': 'test_yesterday test_other_days_are_spelled test_a_day_ahead_is_spelled',
    'tests.test_days.DueLabel': 'test_in_a_few_hours test_tomorrow test_past test_later_is_spelled',
    'tests.test_days.OneMonthBefore': 'test_the_same_day_of_the_month_before test_the_year_stays',
    'tests.test_ranking.Latest': 'test_every_person_has_one test_of_equally_new_ones_the_last test_the_log_need_not_be_in_order',
    'tests.test_ranking.Top': 'test_busiest_first test_equals_by_name',
    'tests.test_report.Report': 'test_projects_by_name test_the_newest_of_everybody test_what_is_older_than_a_month_is_left_out test_nothing_happened test_three_people_are_named',
    'tests.test_report.Settings': 'test_the_limit_can_be_set',
    'tests.test_roster.Resolve': 'test_a_name_stands_for_itself test_an_alias_stands_for_its_name test_chains_of_aliases test_circles_end',
    'tests.test_shards.ShardOf': 'test_shards_are_numbered_from_nought test_a_team_does_not_share_one_shard test_neighbours_are_kept_apart',
}.items() for name in names.split()]
BUGS = {
    'hash': {
        'equals by name, backwards': ('standup.ranking', 'top', 'lambda f: lambda events, count, *a, **k: sorted('
                                      'sorted(f(events, 99, *a, **k), reverse=True), key=lambda t: -t[1])[:count]'),
        'one shard for all': ('standup.shards', 'shard_of', 'lambda f: lambda *a, **k: 0'),
        'shards from one': ('standup.shards', 'shard_of', 'lambda f: lambda *a, **k: f(*a, **k) + 1'),
        'projects backwards': ('standup.report', 'report', 'lambda f: lambda *a, **k: "\\n".join('
                               '"Projects: " + ", ".join(line[10:].split(", ")[::-1]) if line[:10] == "Projects: " '
                               'else line for line in f(*a, **k).split("\\n"))'),
    },
    'zones': {
        'days that end early': ('standup.days', 'day_of', 'lambda f: lambda at, *a, **k: f(at + HOUR, *a, **k)'),
        'days that end late': ('standup.days', 'day_of', 'lambda f: lambda at, *a, **k: f(at - HOUR, *a, **k)'),
        'times that are not UTC': ('standup.days', 'parse_when',
                                   'lambda f: lambda text, *a, **k: f(text, *a, **k) - HOUR * ("+" not in text)'),
        'offsets ignored': ('standup.days', 'parse_when', 'lambda f: lambda text, *a, **k: f(text.split("+")[0], *a, **k)'),
    },
    'clock': {
        'deadlines a day late': ('standup.days', 'due_label', 'lambda f: lambda due, *a, **k: f(due + DAY, *a, **k)'),
        'deadlines a day early': ('standup.days', 'due_label', 'lambda f: lambda due, *a, **k: f(due - DAY, *a, **k)'),
        'nothing is overdue': ('standup.days', 'due_label',
                               'lambda f: lambda *a, **k: f(*a, **k).replace("overdue", "today")'),
        'no yesterday': ('standup.days', 'label', 'lambda f: lambda *a, **k: f(*a, **k).replace("yesterday", "today")'),
        'no today': ('standup.days', 'label', 'lambda f: lambda *a, **k: f(*a, **k).replace("today", "yesterday")'),
        'months of a day less': ('standup.days', 'one_month_before',
                                 'lambda f: lambda *a, **k: f(*a, **k) + dt.timedelta(days=1)'),
    },
    'order': {
        'aliases not followed': ('standup.roster', 'Roster.resolve', 'lambda f: lambda self, name, *a, **k: name'),
        'aliases followed once': ('standup.roster', 'Roster.resolve', 'lambda f: lambda self, name, *a, **k: '
                                  'self.aliases.get(name, name) if hasattr(self, "aliases") else name'),
        'the first of equals': ('standup.ranking', 'latest', 'lambda f: lambda events, *a, **k: f(list(events)[::-1], *a, **k)'),
        'the busiest last': ('standup.ranking', 'top', 'lambda f: lambda *a, **k: f(*a, **k)[::-1]'),
        'a fixed limit': ('standup.report', 'limit', 'lambda f: lambda *a, **k: 3'),
    },
}


COMPILED = '/dev/shm/compiled'  # each source is compiled once, not in each fork


class Interpreter:
    """Python under one hash seed. It runs a job when that is first asked for: what no verdict needs costs nothing."""

    give_up = time.monotonic() + 100  # for all of them together

    def __init__(self, seed, jobs):
        self.seed, self.jobs, self.known, self.child = seed, jobs, {}, None

    def _start(self):
        self.token, self.unread = secrets.token_hex(8), b''
        self.child = subprocess.Popen(
            ['/usr/bin/python3', '-s', '-S', '-c', RUNNER, COMPILED], cwd='/app', user=1000, group=1000, extra_groups=[],
            start_new_session=True, env={**CLEAN_ENVIRONMENT, 'PYTHONHASHSEED': str(self.seed), 'TZ': 'UTC'},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self._send(self.token)

    def _send(self, text):
        self.child.stdin.write(text.encode() + b'\n')
        self.child.stdin.flush()

    def _line(self):
        """The next line of the runner, or nothing at the end."""
        while b'\n' not in self.unread:
            ready, _, _ = select.select([self.child.stdout], [], [], max(0, self.give_up - time.monotonic()))
            expect(ready, 'the runner ran out of time')
            part = os.read(self.child.stdout.fileno(), 65536)
            if not part:
                break
            self.unread += part
        line, _, self.unread = self.unread.partition(b'\n')
        return line.decode(errors='replace')

    def __getitem__(self, name):
        """What the job told; None where it did not get that far."""
        if name not in self.known:
            if self.child is None:
                self._start()
            self._send(json.dumps(self.jobs[name]))
            start, line = f'{self.token} {len(self.known)} ', self._line()
            expect(line.startswith(start), 'the runner gave no answer')
            self.known[name] = json.loads(line[len(start):])
        return self.known[name]

    def ended(self):
        if self.child is not None:
            self.child.stdin.close()
            expect(self._line() == '', 'the runner said more than it was asked')


# What the product must tell by itself.

draw = random.Random(0xF1A4E)
NAMES = [f'{name}{draw.randrange(1000)}' for name in ('ada', 'bö', 'cy', 'dee', 'eve', 'fay')]
LOG = [
    ('2025-02-13 23:59', NAMES[0], 'commit', 'zeta'), ('2025-02-14 00:00', NAMES[1], 'review', 'eta'),
    ('2025-03-13 23:30', NAMES[2], 'deploy', 'theta'), ('2025-03-14 00:30', NAMES[3], 'commit', 'beta'),
    ('2025-03-14 09:00', NAMES[4], 'commit', 'alpha'), ('2025-03-14 23:59', NAMES[1], 'undo', 'gamma'),
    ('2025-03-15 00:00', NAMES[5], 'commit', 'iota'),
]
LINES = [json.dumps(dict(zip(('at', 'who', 'kind', 'project'), entry))) for entry in LOG]
REPORT = f"""Standup for Fri 14 Mar
Busiest: {NAMES[1]} (2), {NAMES[2]} (1), {NAMES[3]} (1)
Projects: alpha, beta, eta, gamma, theta
- {NAMES[1]}: undo for gamma, today
- {NAMES[2]}: deploy for theta, yesterday
- {NAMES[3]}: commit for beta, today
- {NAMES[4]}: commit for alpha, today
"""
WRITTEN = {
    f'standup.report.report(list(standup.events.read({LINES!r})), standup.roster.Roster(), dt.date(2025, 3, 14))': REPORT,
}
EQUALS = [{'at': n, 'who': who, 'kind': 'x', 'project': 'p'} for n, who in enumerate(sorted(NAMES, reverse=True) * 2)]
HASHED = {f'standup.shards.shard_of({name!r}, {count})': str(zlib.crc32(name.encode()) % count)
          for name in NAMES for count in (2, 8, 1000)}
HASHED |= {
    f'standup.ranking.top(list(standup.events.read({[json.dumps(e) for e in EQUALS]!r})), 4)':
        str([(name, 2) for name in sorted(NAMES)[:4]]),
} | WRITTEN
ZONED = {
    "float(standup.days.parse_when('2025-07-01 00:15'))": '1751328900.0',
    "float(standup.days.parse_when('2025-07-01T00:15:00-04:00'))": '1751343300.0',
    'standup.days.day_of(1751327999)': '2025-06-30', 'standup.days.day_of(1751328000)': '2025-07-01',
    'standup.days.day_of(1735689599.5)': '2024-12-31',
} | WRITTEN
DATED = {f'standup.days.one_month_before(dt.date({", ".join(day.split("-"))}))'.replace(' 0', ' '): before
         for day, before in (('2025-03-31', '2025-02-28'), ('2024-03-31', '2024-02-29'), ('2024-03-30', '2024-02-29'),
                             ('2025-01-15', '2024-12-15'), ('2025-07-31', '2025-06-30'), ('2025-08-31', '2025-07-31'),
                             ('2025-05-20', '2025-04-20'))}
EVENING = {  # at 23:10 UTC
    'standup.days.due_label(time.time() + 600)': 'today', 'standup.days.due_label(time.time() + 3600)': 'tomorrow',
    'standup.days.due_label(time.time() + 86400 + 3600)': 'Fri 14 Mar', 'standup.days.due_label(time.time() - 60)': 'overdue',
}
ROSTERS = {
    '(lambda a, b: (a.add("x", "y"), a.add("y", "z"), a.resolve("x"), b.resolve("x")))'
    '(standup.roster.Roster(), standup.roster.Roster())[2:]': "('z', 'x')",
    'standup.roster.Roster().resolve("x")': 'x',
}
EVENING_AT = NOON + 11 * 3600 + 600

JOBS = {'calm': CALM}
JOBS |= {('bug', area, name): {**CALM, 'bug': bug} for area, bugs in BUGS.items() for name, bug in bugs.items()}
JOBS |= {('zone', zone): {**CALM, 'zone': zone} for zone in (AUCKLAND, SEATTLE, DELHI)}
JOBS |= {('clock', name): {**CALM, 'clock': clock} for name, clock in CLOCKS.items()}
JOBS |= {('order', order): {**CALM, 'order': order} for order in ('reversed', 'b', 'd')}
JOBS |= {
    ('all', 1): {'zone': AUCKLAND, 'clock': CLOCKS['the evening of 31 March 2025'], 'order': 'reversed'},
    ('all', 2): {'zone': SEATTLE, 'clock': CLOCKS['just into 1 January 2025'], 'order': 'c'},
    ('probe', 'dated'): {**CALM, 'probe': list(DATED)},
    ('probe', 'evening'): {'zone': DELHI, 'clock': EVENING_AT, 'probe': list(EVENING)},
    ('probe', 'east'): {**CALM, 'zone': AUCKLAND, 'probe': list(ZONED)},
    ('probe', 'west'): {**CALM, 'zone': SEATTLE, 'probe': list(ZONED)},
    ('probe', 'rosters'): {**CALM, 'probe': list(ROSTERS)},
}
OTHER_SEED = {
    'seed': CALM, 'all': {'zone': DELHI, 'clock': CLOCKS['noon of 29 February 2024'], 'order': 'e'},
    'hashed': {**CALM, 'probe': list(HASHED)},
}


def passes(told, where):
    expect(told is not None, f'the suite did not come to its end: {where}')
    expect(not told['bad'], f'fails, {where}: {", ".join(told["bad"][:3])}')
    gone = set(TESTS) - set(told['ran'])
    expect(not gone, f'not run, {where}: {", ".join(sorted(gone)[:3])}')
    expect(not told['left_out'], f'skipped or expected to fail, {where}: {", ".join(told["left_out"][:3])}')


def notices(area):
    for name in BUGS[area]:
        told = RAN['bug', area, name]
        expect(told is not None and told['bad'], f'the suite does not notice a planted bug: {name}')


def tells(told, wanted, where):
    expect(told is not None, f'no answer: {where}')
    for question, answer in wanted.items():
        expect(told[question] == answer, f'{where}: {question[:90]} gave {told[question]!r}, expected {answer!r}')


def steady_seeds():
    for seed, told in SEEDED.items():
        passes(told['seed'], f'PYTHONHASHSEED={seed}')
    notices('hash')


def steady_zones():
    for zone in (AUCKLAND, SEATTLE, DELHI):
        passes(RAN['zone', zone], f'TZ={zone}')
    notices('zones')


def steady_clock():
    for name in CLOCKS:
        passes(RAN['clock', name], f'at {name}')
    notices('clock')


def steady_order():
    for order in ('reversed', 'b', 'd'):
        passes(RAN['order', order], f'order {order}')
    notices('order')


def steady_altogether():
    for interpreter, name in ((RAN, ('all', 1)), (RAN, ('all', 2)), *((seeded, 'all') for seeded in SEEDED.values())):
        passes(interpreter[name], 'other seed, zone, clock and order at once')
    for area in BUGS:
        notices(area)


def by_hash():
    for seed, told in SEEDED.items():
        tells(told['hashed'], HASHED, f'PYTHONHASHSEED={seed}')


def by_zone():
    tells(RAN['probe', 'east'], ZONED, f'TZ={AUCKLAND}')
    tells(RAN['probe', 'west'], ZONED, f'TZ={SEATTLE}')
    tells(RAN['probe', 'evening'], EVENING, f'23:10 UTC, TZ={DELHI}')


RAN = Interpreter(CALM_SEED, JOBS)
SEEDED = {seed: Interpreter(seed, OTHER_SEED) for seed in SEEDS}


def answered_once():
    for interpreter in (RAN, *SEEDED.values()):
        interpreter.ended()


verifier = Verifier()
os.mkdir(COMPILED)
os.chown(COMPILED, 1000, 1000)
verifier.guard('passes-on-a-good-day-with-every-test', lambda: passes(RAN['calm'], 'on a good day'))
verifier.check('suite-steady-under-hash-seeds', 2, steady_seeds)
verifier.check('suite-steady-in-time-zones', 2, steady_zones)
verifier.check('suite-steady-at-any-time', 2, steady_clock)
verifier.check('suite-steady-in-any-order', 2, steady_order)
verifier.check('suite-steady-altogether', 1, steady_altogether)
verifier.check('product-same-under-hash-seeds', 2, by_hash)
verifier.check('product-same-in-time-zones', 2, by_zone)
verifier.check('product-right-about-months', 1, lambda: tells(RAN['probe', 'dated'], DATED, 'months'))
verifier.check('product-keeps-rosters-apart', 1, lambda: tells(RAN['probe', 'rosters'], ROSTERS, 'rosters'))
verifier.guard('every-job-was-answered-once', answered_once)
verifier.finish()
