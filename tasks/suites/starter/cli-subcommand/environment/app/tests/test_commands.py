import json
import os
import subprocess
import sys
import tempfile
import unittest

EVENTS = [
    ('2025-03-12T09:00:00Z', 'ada', '10.0.0.1', '/', 200),
    ('2025-03-12T09:10:00Z', 'bea', '10.0.0.2', '/cart', 200),
    ('2025-03-12T10:05:00Z', 'ada', '10.0.0.1', '/cart', 500),
    ('2025-03-13T00:00:00Z', None, '10.0.0.3', '/', 200),
]
LOG = ''.join(json.dumps(dict(zip(('at', 'user', 'ip', 'path', 'status'), event))) + '\n' for event in EVENTS)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def trail(*words, stdin=LOG, **variables):
    with tempfile.TemporaryDirectory() as home:
        environment = {'PATH': os.environ['PATH'], 'HOME': home, 'PYTHONPATH': ROOT, **variables}
        return subprocess.run([sys.executable, '-m', 'trail', *words], input=stdin, capture_output=True,
                              text=True, cwd=home, env=environment)


class Count(unittest.TestCase):
    def test_by_hour(self):
        self.assertEqual(trail('count').stdout.split('\n')[0], '2025-03-12T09:00:00Z\t2')

    def test_by_status_as_json(self):
        lines = trail('count', '--by', 'status', '--json').stdout.splitlines()
        self.assertEqual([json.loads(line) for line in lines],
                         [{'status': 200, 'events': 3}, {'status': 500, 'events': 1}])


class Top(unittest.TestCase):
    def test_equals_by_name(self):
        self.assertEqual(trail('top').stdout, '/\t2\n/cart\t2\n')

    def test_a_flag_wins_over_the_environment(self):
        self.assertEqual(trail('top', TRAIL_TOP_LIMIT='1').stdout, '/\t2\n')
        self.assertEqual(trail('top', '--limit', '2', TRAIL_TOP_LIMIT='1').stdout, '/\t2\n/cart\t2\n')

    def test_a_bad_value_says_where_it_is_from(self):
        ended = trail('top', TRAIL_TOP_LIMIT='many')
        self.assertEqual((ended.returncode, ended.stderr),
                         (2, "trail: limit: 'many' is not a whole number above 0 (TRAIL_TOP_LIMIT)\n"))


class Show(unittest.TestCase):
    def test_of_a_user(self):
        self.assertEqual(trail('show', '--user', 'bea').stdout,
                         '2025-03-12T09:10:00Z\tbea\t10.0.0.2\t/cart\t200\n')

    def test_nothing_is_exit_code_1(self):
        self.assertEqual(trail('show', '--user', 'nobody').returncode, 1)


class Input(unittest.TestCase):
    def test_a_wrong_line_is_named(self):
        ended = trail('count', stdin=LOG + '{}\n')
        self.assertEqual((ended.returncode, ended.stderr), (3, 'trail: -:5: at is missing\n'))

    def test_wrong_lines_may_be_left_out(self):
        ended = trail('show', '--lenient', stdin='{}\n' + LOG)
        self.assertEqual((ended.returncode, ended.stderr), (0, 'trail: left out 1 wrong lines\n'))
        self.assertEqual(len(ended.stdout.splitlines()), 4)
