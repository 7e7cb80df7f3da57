"""Runs the command on logs of its own, and compares with what the specification says of them."""

import fcntl
import json
import os
import random
import re
import select
import struct
import subprocess
import sys
import termios
import time
from datetime import datetime, timezone

sys.path.insert(0, '/tests')
from forks import Forks  # noqa: E402
from verify import CLEAN_ENVIRONMENT, Verifier, as_dev, expect  # noqa: E402

PLACE = '/logs-of-ours'
START = 1_741_770_000


def moment(at):
    return datetime.fromtimestamp(at, timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ')


def event(at, user, ip='10.0.0.1', path='/', status=200):
    return {'at': START + at, 'user': user, 'ip': ip, 'path': path, 'status': status}


def line(event):
    return json.dumps({**event, 'at': moment(event['at'])}, ensure_ascii=False) + '\n'


def log(events):
    return ''.join(map(line, events))


def length(seconds):
    parts = ((seconds // 86400, 'd'), (seconds // 3600 % 24, 'h'), (seconds // 60 % 60, 'm'), (seconds % 60, 's'))
    return ''.join(f'{number}{unit}' for number, unit in parts if number) or '0s'


def sessions(events, gap=1800, least=1, by='user'):
    """What the specification says, told without any thought for memory."""
    visits = {}
    for each in events:
        who = each[by]
        if who is not None:
            rows = visits.setdefault(who, [])
            if not rows or each['at'] - rows[-1][-1]['at'] > gap:
                rows.append([])
            rows[-1].append(each)
    found = [(who, row[0]['at'], row[-1]['at'], len(row), len({each['path'] for each in row}))
             for who, rows in visits.items() for row in rows if len(row) >= least]
    return sorted(found, key=lambda row: (row[2], row[0]))


def as_text(found):
    return ''.join(f'{who}\t{moment(start)}\t{moment(end)}\t{events}\t{length(end - start)}\t{paths}\n'
                   for who, start, end, events, paths in found)


def as_objects(found):
    return [{'who': who, 'start': moment(start), 'end': moment(end), 'events': events, 'duration_s': end - start,
             'paths': paths} for who, start, end, events, paths in found]


def visits(seed, count):
    """Events whose distances love to be a gap, a second less or a second more."""
    draw, at, events = random.Random(seed), 0, []
    for _ in range(count):
        at += draw.choice((0, 0, 1, 20, 89, 90, 91, 300, 600, 1799, 1800, 1801) if draw.random() < 0.4 else (0, 1, 7, 45))
        user = draw.choice(('ada', 'bea', 'cy', 'dörte', 'eve', 'finn', None))
        events.append(event(at, user, f'10.0.0.{draw.randrange(4)}', draw.choice(('/', '/cart', '/pay', '/a b', '/ü'))))
    return events


def trail(*words, stdin='', cwd=PLACE, home=PLACE, timeout=60, **variables):
    return FORKS.run('trail', words, cwd=cwd, stdin=stdin, timeout=timeout,
                     env={'PYTHONPATH': '/app', 'HOME': home, **variables})


def trail_alone(*words, stdin):
    """The command in an interpreter of its own, as a user starts it."""
    return as_dev(['/usr/bin/python3', '-m', 'trail', *words], cwd=PLACE, stdin=stdin, timeout=60,
                  env={'PYTHONPATH': '/app', 'HOME': PLACE})


def gives(ended, code, stdout=None, stderr=None, about=''):
    expect(ended.code == code, f'{about}: exit code {ended.code}, expected {code}: {ended.stderr[-200:]}')
    if stdout is not None and ended.stdout != stdout:
        told, wanted = ended.stdout.split('\n'), stdout.split('\n')
        at = next((n for n, pair in enumerate(zip(told, wanted)) if pair[0] != pair[1]), min(len(told), len(wanted)) - 1)
        raise AssertionError(f'{about}: row {at + 1} is {told[at]!r}, expected {wanted[at]!r}')
    if stderr is not None:
        expect(ended.stderr == stderr, f'{about}: said {ended.stderr[-200:]!r}, expected {stderr!r}')


def put(path, text):
    os.makedirs(os.path.dirname(f'{PLACE}/{path}'), exist_ok=True)
    with open(f'{PLACE}/{path}', 'w', encoding='utf-8') as file:
        file.write(text)
    return f'{PLACE}/{path}'


def others_unchanged():
    events = visits(1, 60)
    put('old/.trail.ini', '[top]\nlimit = 2\nof = user\n')
    counts = {}
    for each in events:
        counts[each['user']] = counts.get(each['user'], 0) + 1
    counts.pop(None)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:2]
    gives(trail('top', stdin=log(events), cwd=f'{PLACE}/old'), 0, ''.join(f'{k}\t{n}\n' for k, n in ranked), '', 'top')
    hours = {}
    for each in events[:20]:
        hour = moment(each['at'] - each['at'] % 3600)
        hours[hour] = hours.get(hour, 0) + 1
    shuffled = log(events[:20][::-1]) + 'x\n'
    gives(trail('count', '--json', '--lenient', stdin=shuffled), 0,
          ''.join(json.dumps({'hour': h, 'events': n}) + '\n' for h, n in sorted(hours.items())),
          'trail: left out 1 wrong lines\n', 'count')


def rows():
    events = visits(2, 700)
    gives(trail_alone('sessions', stdin=log(events)), 0, as_text(sessions(events)), '', 'text')
    ended = trail('sessions', '--json', stdin='\n' + log(events))
    gives(ended, 0, None, '', '--json')
    told = [json.loads(row) for row in ended.stdout.splitlines()]
    wanted = as_objects(sessions(events))
    for row, expected in zip(told, wanted):
        expect(row == expected, f'--json: {row}, expected {expected}')
    expect(len(told) == len(wanted), f'--json: {len(told)} rows, expected {len(wanted)}')


def options():
    events = visits(3, 500)
    gives(trail('sessions', '--gap', '1m30s', '--min-events', '3', stdin=log(events)), 0,
          as_text(sessions(events, 90, 3)), '', '--gap 1m30s --min-events 3')
    gives(trail('sessions', '--by', 'ip', '--gap', '300s', stdin=log(events)), 0,
          as_text(sessions(events, 300, by='ip')), '', '--by ip --gap 300s')
    lonely = [event(0, 'ada'), event(86400 * 2, 'bea'), event(86400 * 3, 'ada'), event(86400 * 3, None)]
    gives(trail('sessions', '--gap=2d', '--min-events=2', stdin=log(lonely)), 1, '', '', 'sessions of two, none there')


def settings():
    events = log(visits(4, 300))
    known = visits(4, 300)
    put('home/.config/trail.ini', '[sessions]\ngap = 90s\nmin_events = 5\nby = address\n[top]\nlimit = x\n')
    put('work/.trail.ini', '[sessions]\nmin_events = 2\nby = ip\n')
    home, work = f'{PLACE}/home', f'{PLACE}/work'
    gives(trail('sessions', stdin=events, home=home, cwd=work, TRAIL_SESSIONS_BY='user'), 0,
          as_text(sessions(known, 90, 2)), '', 'gap of ~/.config, min-events of .trail.ini, by of the environment')
    gives(trail('sessions', '--gap', '5m', '--min-events', '1', stdin=events, home=home, cwd=work,
                TRAIL_SESSIONS_GAP='soon', TRAIL_SESSIONS_MIN_EVENTS='4', TRAIL_GAP='1s'), 0,
          as_text(sessions(known, 300, 1, 'ip')), '', 'flags over a bad environment, by of .trail.ini')
    for source, variables, words, name, text in (
        ('TRAIL_SESSIONS_MIN_EVENTS', {'TRAIL_SESSIONS_MIN_EVENTS': '0'}, (), 'min-events', '0'),
        ('--gap', {'TRAIL_SESSIONS_GAP': '5m'}, ('--gap', '0m'), 'gap', '0m'),
        ('~/.config/trail.ini', {}, (), 'by', 'address'),
    ):
        ended = trail('sessions', *words, stdin=events, home=home, cwd=home if source[0] == '~' else work, **variables)
        gives(ended, 2, '', None, f'{name} {text!r} from {source}')
        said = re.escape(f"trail: {name}: '{text}' is not ") + '.+' + re.escape(f' ({source})\n')
        expect(re.fullmatch(said, ended.stderr), f'{name} {text!r} from {source}: said {ended.stderr!r}')


def wants_more(child):
    """It has read all that it was sent, and sleeps: it does not lack time, it waits."""
    with open(f'/proc/{child.pid}/stat') as file:
        state = file.read().rpartition(')')[2].split()[0]
    unread = struct.unpack('i', fcntl.ioctl(child.stdin, termios.FIONREAD, bytes(4)))[0]
    return state == 'S' and unread == 0


def at_once():
    """Feeds events one by one, and waits for rows while the input is still open."""
    steps = [
        ([event(0, 'ada'), event(10, 'bea'), event(60, 'ada', path='/x'), event(70, 'bea')], 0),
        ([event(71, None)], 0), ([event(120, 'cy')], 0), ([event(121, 'cy')], 1), ([event(131, None)], 1),
        ([event(500, 'ada'), event(560, 'ada')], 1), ([event(560, 'cy'), event(621, 'eve')], 2),
    ]
    wanted = as_text(sessions([each for events, _ in steps for each in events], 60)).encode()
    child = subprocess.Popen(
        ['/usr/bin/python3', '-m', 'trail', 'sessions', '--gap', '60s'], cwd=PLACE, user=1000, group=1000,
        extra_groups=[], start_new_session=True, env={**CLEAN_ENVIRONMENT, 'PYTHONPATH': '/app', 'HOME': PLACE},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0)
    try:
        told, due = b'', 0
        for events, rows in steps:
            child.stdin.write(log(events).encode())
            due += rows
            give_up, idle = time.monotonic() + 60, 0
            while told.count(b'\n') < due:
                ready, _, _ = select.select([child.stdout], [], [], 0.02)
                part = os.read(child.stdout.fileno(), 65536) if ready else b''
                idle = idle + 1 if not ready and wants_more(child) else 0
                late = f'row {told.count(b"\n") + 1} of {due} that are over did not arrive while the input was open'
                expect(idle < 15 and time.monotonic() < give_up and (part or not ready), late)
                told += part
            expect(told == b''.join(wanted.splitlines(True)[:due]), f'rows so far: {told!r}')
        child.stdin.close()
        told += child.stdout.read()
        expect(told == wanted, f'rows: {told!r}')
    finally:
        child.kill()
        child.wait()


GENERATE = '''
import sys, time
for n in range(1000):
    at = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(1741770000 + n * 40))
    who = 'last' if n > 990 else f'{n:05}' + 'v' * 25000
    sys.stdout.write(f'{{"at": "{at}", "user": "{who}", "ip": "10.0.0.1", "path": "/{n}", "status": 200}}\\n')
'''


def memory():
    # 25 MB of visitors, ten minutes of which are 400 KB; the tool by itself makes do with less than 20 MB
    pipe = 'set -o pipefail; /usr/bin/python3 -I -S -c "$GENERATE" | (ulimit -v 36000; exec /usr/bin/python3 -m trail "$@")'

    def limited(*words):
        return as_dev(['/bin/bash', '-c', pipe, 'limited', *words], cwd=PLACE, timeout=90,
                      env={'PYTHONPATH': '/app', 'HOME': PLACE, 'GENERATE': GENERATE})

    first, last = 1741770000 + 991 * 40, 1741770000 + 999 * 40
    gives(limited('sessions', '--min-events', '2', '--gap', '10m'), 0,
          f'last\t{moment(first)}\t{moment(last)}\t9\t5m20s\t9\n', '', '25 MB of visitors under a limit of 36 MB')


def wrong_input():
    good = [event(0, 'ada'), event(5, 'bea'), event(4000, 'ada')]
    late = event(3999, 'cy')
    a, b = put('a.log', log(good)), put('b.log', '\n' + log([late, event(4001, 'bea'), event(20, 'bea'), event(9000, None)]))
    over = as_text(sessions(good)[:2])
    gives(trail('sessions', a, b), 3, over, f'trail: {b}:2: out of order\n', 'out of order in the next file')
    gives(trail('sessions', '--lenient', a, b), 0, as_text(sessions([*good, event(4001, 'bea'), event(9000, None)])),
          'trail: left out 2 wrong lines\n', 'out of order, lenient')
    nameless = '{"at": "2025-03-12T09:00:00Z", "ip": "10.0.0.1", "path": "/", "status": 200}\n'
    gives(trail('sessions', stdin=log(good) + nameless), 3, over, 'trail: -:4: user is missing\n', 'a line without a user')
    gone = f'{PLACE}/gone.log'
    gives(trail('sessions', a, gone), 3, over, f'trail: {gone}: No such file or directory\n', 'a file that is not there')


def help_and_codes():
    ended = trail('--help')
    gives(ended, 0, None, '', '--help')
    listed = re.findall(r'^    (\w+)  +(\S.*)$', ended.stdout, re.M)
    expect([name for name, _ in listed] == ['count', 'sessions', 'show', 'top'], f'--help lists {listed}')
    ended = trail('sessions', '--help', TRAIL_SESSIONS_GAP='rubbish')
    gives(ended, 0, None, '', 'sessions --help')
    said = ' '.join(ended.stdout.split())
    for part in ('--gap', '--min-events', '--by', '--json', '--lenient', '(default: 30m)', '(default: 1)', '(default: user)'):
        expect(part in said, f'sessions --help does not say {part}')
    expect(re.search(r'example: .*trail sessions \S', said), 'sessions --help gives no example')


def files_and_early_end():
    events = visits(6, 90)
    a, c = put('1.log', log(events[:30])), put('3.log', log(events[60:]))
    gives(trail('sessions', a, '-', c, stdin=log(events[30:60])), 0, as_text(sessions(events)), '', 'two files and -')
    many = put('many.log', log([event(n * 100, f'user{n}') for n in range(1700)]))  # more than a pipe holds
    pipe = '"$@" | head -n 1; exit ${PIPESTATUS[0]}'
    ended = as_dev(['/bin/bash', '-c', pipe, 'early', '/usr/bin/python3', '-m', 'trail', 'sessions', '--gap', '10s', many],
                   cwd=PLACE, env={'PYTHONPATH': '/app', 'HOME': PLACE})
    gives(ended, 0, f'user0\t{moment(START)}\t{moment(START)}\t1\t0s\t1\n', '', '| head -n 1')


verifier, FORKS = Verifier(), Forks()
os.makedirs(PLACE)
verifier.guard('other-commands-unchanged', others_unchanged)
verifier.check('rows-as-text-and-json', 3, rows)
verifier.check('gap-min-events-and-by', 2, options)
verifier.check('settings-by-precedence', 2, settings)
verifier.check('rows-arrive-at-once', 3, at_once)
verifier.check('memory-stays-small', 2, memory)
verifier.check('wrong-input', 2, wrong_input)
verifier.check('help-and-exit-codes', 1, help_and_codes)
verifier.check('files-and-early-end', 2, files_and_early_end)
verifier.finish()
