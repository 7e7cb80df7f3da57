"""Judges the pool by what a store and a clock of ours saw of it, in orders that we chose."""

import hashlib
import json
import sys

sys.path.insert(0, '/tests')

from verify import Verifier, as_dev, expect  # noqa: E402

SUITE = {
    'test/manual-clock.js': '5d4e89f2c97add87e2fbbe7a6756afeafaad4b62f74faaaf681a76303354a999',
    'test/pool.test.js': 'ac7ec033011b5aad13466640a624fa034517e319e483a256721f6232f0f00288',
}


def suite_untouched():
    for path, digest in SUITE.items():
        with open('/app/' + path, 'rb') as file:
            expect(hashlib.sha256(file.read()).hexdigest() == digest, f'{path} is not the file it was')


class Drive:
    """What the scenarios of driver.mjs saw."""

    def __init__(self):
        self.scenarios = {}

    def run(self):
        with open('/tests/driver.mjs') as file:
            program = file.read()
        node = ['/usr/bin/node', '--max-old-space-size=256', '--input-type=module', '-']
        done = as_dev(node, stdin=program, timeout=30).ok()
        self.scenarios = json.loads(done.stdout.splitlines()[-1])  # above it may be prints of the pool

    def of(self, name):
        scenario = self.scenarios.get(name, {})
        expect('seen' in scenario, f"{name}: {scenario.get('error', 'nothing was seen')}")
        expect(not scenario['unhandled'], f"{name}: unhandled: {scenario['unhandled']}")
        return scenario['seen']


def same(what, seen, expected):
    expect(seen == expected, f'{what}: expected {json.dumps(expected)}, saw {json.dumps(seen)}')


def main():
    verifier = Verifier()
    drive = Drive()

    def basics():
        same('a failing, an urgent and a delayed job', drive.of('basics'), {
            'running': 1, 'order': [['b', 1], ['a', 1], ['a', 2]], 'buried': ['again'], 'open': 0,
        })
        same('a job of another process', drive.of('otherPools'), ['foreign'])

    def handled_once():
        same('one pool with slow claims', drive.of('looksOfOnePool'),
             {'names': ['a', 'b', 'c', 'd', 'e'], 'misuse': [], 'open': 0})
        once = sorted([f'{n}.1' for n in range(9)] + [f'{n}.2' for n in (0, 4, 8)])
        for number, seen in enumerate(drive.of('poolsInEveryOrder'), 1):
            same(f'three pools on a slow store, order {number}, handled job.attempt', seen['handled'], once)
            same(f'order {number}, records of jobs that were not held', seen['misuse'], [])
            same(f'order {number}, jobs left', seen['open'], 0)

    def concurrency():
        seen = drive.of('burst')
        same('slots used with slow claims', seen['before'], {'running': 3, 'counted': 3})
        same('handlers while an outcome is not recorded yet', seen['unrecorded'], 2)
        same('most handlers at once', seen['most'], 3)
        same('most jobs held at once', seen['held'], 3)
        same('jobs handled', seen['handled'], 8)
        for seen in drive.of('poolsInEveryOrder'):
            same('most jobs held by one of three pools of two slots', seen['most'], 2)

    def any_handler():
        seen = drive.of('anyHandler')
        same('first attempts, without the clock', seen['first'],
             ['value.1', 'nothing.1', 'throws.1', 'odd.1', 'text.1', 'last.1'])
        same('all attempts', seen['all'], sorted(seen['first'] + ['throws.2', 'odd.2', 'text.2']))
        same('what is left', [seen['open'], seen['running'], seen['buried'], seen['hasTexts']], [0, 0, 3, True])

    def lost_connections():
        for seen in drive.of('lostConnections'):
            method = seen['method']
            if method == 'open':
                same('a drain after its question got lost', seen['drain'], 'done')
            else:
                same(f'jobs handled after {method} was rejected once', sorted(seen['names']), ['a', 'b'])
                same(f'jobs left after {method} was rejected once', seen['open'], 0)
            expect(f'{method}: connection lost' in seen['errors'], f'onError did not hear of {method}')

    def prompt():
        first, second, third, fourth = drive.of('addedDuringALook')
        same('a job added while due() was under way', first, [['a', 1, 0]])
        same('a job added while nextRunAt() was under way', second, [['a', 1, 0]])
        same('a slot that came free during a look', sorted(third), [['a', 1, 0], ['b', 1, 0], ['c', 1, 0]])
        same('jobs added while claims were under way', sorted(fourth), [['a', 1, 0], ['b', 1, 0], ['c', 1, 0]])
        same('a job whose time came during a look', drive.of('dueDuringALook'), ['a'])
        same('delayed jobs and retries, at ms', drive.of('timesToCome'),
             [['soon', 1, 5000], ['fails', 1, 5000], ['fails', 2, 6000], ['late', 1, 50000]])

    def drain_waits():
        seen = drive.of('drainOfEverything')
        same('drain with delayed jobs, retries and children', seen['states'],
             ['done', 'open', 'open', 'open', 'open', 'done'])
        same('handled', seen['added'], ['child.1', 'delayed.1', 'fails.1', 'fails.2', 'parent.1'])
        same('drain before and after the record, and with a job in other hands', drive.of('drainAndTheRecord'),
             ['open', 'done', 'open', 'done'])
        same('a drain asked for while the answer to an earlier one was under way', drive.of('drainAskedLate'),
             ['open', 'done', 'done'])

    def drains_resolve():
        same('three drains', drive.of('drainsOfMany'), {'before': ['open'] * 3, 'after': ['done'] * 3})

    def stop_loses_nothing():
        same('stop while a claim is under way', drive.of('stopDuringAClaim'), {
            'asked': 1, 'before': ['open', 'open'], 'after': ['done', 'done'], 'rows': [['a', None, 0, 0]], 'names': ['a'],
        })
        same('stop while a look is under way', drive.of('stopDuringALook'), {
            'early': 0, 'stop': 'done', 'names': [], 'free': True, 'claims': 0, 'timers': 0, 'again': ['a'], 'left': 0,
        })

    def stop_waits():
        same('stop before outcomes are recorded', drive.of('stopAndTheRecord'), {
            'before': ['open', 'open'], 'after': ['done', 'done'], 'timers': 0, 'names': ['a', 'b'],
            'rows': [['b', None, 1]],
        })

    verifier.guard('tests-untouched', suite_untouched)
    verifier.guard('pool-can-be-driven', drive.run)
    verifier.guard('what-worked-still-works', basics)
    verifier.check('every-job-is-handled-once', 4, handled_once)
    verifier.check('never-more-than-concurrency', 3, concurrency)
    verifier.check('any-handler-gives-its-slot-back', 2, any_handler)
    verifier.check('lost-connections-are-survived', 2, lost_connections)
    verifier.check('nothing-waits-for-the-poll', 3, prompt)
    verifier.check('drain-waits-for-everything', 3, drain_waits)
    verifier.check('every-drain-resolves', 1, drains_resolve)
    verifier.check('stop-loses-nothing', 3, stop_loses_nothing)
    verifier.check('stop-waits-for-the-record', 1, stop_waits)
    verifier.finish()


main()
