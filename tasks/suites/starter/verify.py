"""What the starter suite's verifiers share: guards, scored checks, and running an engineer's code safely.

A verifier runs as root in a container that the engineer never touched, from a snapshot of their
work. Their code is only ever run as the user `dev`, in processes of its own, so it can reach
neither the verdict nor the verifier.

    from verify import Verifier
    verifier = Verifier()
    verifier.guard('tests-untouched', lambda: ...)       # must hold, worth nothing by itself
    verifier.check('totals-are-right', 3, lambda: ...)   # worth 3 points when it holds
    verifier.finish()

A guard or check passes when its function returns without raising. Write it with `assert` or
`expect`; the message becomes the evidence. Guards come first, the cheap ones before the dear: once one
is broken nothing earns points, so what comes after is not run and counts as `ungraded`.
"""

import json
import os
import signal
import subprocess
import sys

VERDICTS = '/logs/verifier'
CLEAN_ENVIRONMENT = {
    'PATH': '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'HOME': '/home/dev',
    'LANG': 'C.UTF-8',
    'USER': 'dev',
}


class Finished:
    """How a command of the engineer's ended: exit code (None on a timeout), stdout, stderr."""

    def __init__(self, code, stdout, stderr):
        self.code, self.stdout, self.stderr = code, stdout, stderr

    def ok(self):
        expect(self.code is not None, 'ran out of time')
        expect(self.code == 0, f'exit code {self.code}: {(self.stderr or self.stdout)[-300:]}')
        return self

    def json(self):
        return json.loads(self.ok().stdout)


def expect(condition, message):
    if not condition:
        raise AssertionError(message)


def as_dev(command, cwd='/app', timeout=20, stdin='', env=None):
    """Runs a command as `dev` in a process group of its own, which is killed whole afterwards."""
    child = subprocess.Popen(
        command, cwd=cwd, user=1000, group=1000, extra_groups=[], start_new_session=True,
        env={**CLEAN_ENVIRONMENT, **(env or {})}, text=True, errors='replace',
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )
    try:
        stdout, stderr = child.communicate(stdin, timeout=timeout)
        return Finished(child.returncode, stdout, stderr)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        try:
            stdout, stderr = child.communicate(timeout=5)
        except subprocess.TimeoutExpired:  # something that left the group still holds the pipes
            stdout, stderr = '', ''
        return Finished(None, stdout, stderr)
    finally:
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def stop_all_of_dev():
    """Ends whatever the engineer's code has left running, sessions of their own included."""
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(1000)
            os.setuid(1000)
            os.kill(-1, signal.SIGKILL)  # all that `dev` may signal, but for itself
        finally:
            os._exit(0)
    os.waitpid(child, 0)


def verdict_of(function):
    try:
        function()
        return 'pass', ''
    except AssertionError as failed:
        if str(failed):
            return 'fail', str(failed)
        import traceback  # a plain `assert`; loading this always would cost more than most checks
        return 'fail', traceback.format_exc(limit=-1)[-300:]
    except Exception as error:  # a crash of the code under test is its own fault
        return 'fail', f'{type(error).__name__}: {error}'


class Verifier:
    """Collects checks; writes a failing verdict first, so that a crash can never pass."""

    def __init__(self):
        self.checks, self.broken = [], []
        self._write(0.0)
        for path in (os.path.abspath(sys.argv[0]), os.path.abspath(__file__)):
            os.chmod(path, 0o600)  # the code under test has no business reading the checks
        os.chmod(os.path.dirname(os.path.abspath(__file__)), 0o700)  # hidden cases stay hidden from `dev`

    def guard(self, name, function):
        verdict = self._judge(name, 0, function)
        if verdict == 'fail':
            self.broken.append(name)

    def check(self, name, points, function):
        self._judge(name, points, function)

    def finish(self):
        stop_all_of_dev()
        total = sum(check['points'] for check in self.checks)
        earned = sum(check['points'] for check in self.checks if check['verdict'] == 'pass')
        self._write(0.0 if self.broken or total == 0 else earned / total)
        for check in self.checks:
            print(f"{check['verdict']:8}  {check['points']:>3}  {check['id']}  {check['evidence']}")
        if self.broken:
            print('no points, since these must hold: ' + ', '.join(self.broken))

    def _judge(self, name, points, function):
        if self.broken:
            verdict, evidence = 'ungraded', f'not run, since {self.broken[0]} does not hold'
        else:
            verdict, evidence = verdict_of(function)
        self.checks.append({
            'id': name, 'dimension': 'correctness', 'points': points,
            'verdict': verdict, 'evidence': ' '.join(evidence.split())[:500],
        })
        return verdict

    def _write(self, reward):
        os.makedirs(VERDICTS, exist_ok=True)
        for name, value in (
            ('reward.json', {'reward': reward}),
            ('reward-details.json', {'checks': self.checks, 'guards_broken': self.broken}),
        ):
            path = os.path.join(VERDICTS, name)
            with open(path + '.new', 'w') as file:
                json.dump(value, file)
            os.replace(path + '.new', path)


sys.dont_write_bytecode = True
