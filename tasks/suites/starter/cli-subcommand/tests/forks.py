"""Runs a Python module many times without starting an interpreter each time.

A server that runs as `dev` and has loaded nothing but the standard library forks for each run, and
the fork becomes what `python3 -m` would be: its own arguments, folder, environment, streams and exit.
What a run reads and writes are files in memory of the verifier's own.
"""

import json
import os
import select
import signal
import socket
import subprocess

from verify import CLEAN_ENVIRONMENT, Finished, expect

SERVER = r'''
import atexit, gc, json, os, runpy, socket, sys
import argparse, collections, configparser, dataclasses, datetime, heapq, itertools, re, shutil, signal, time

def become(asked, streams):
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.chdir(asked['cwd'])
    os.environ.clear()
    os.environ.update(asked['env'])
    for number, name, mode in ((0, 'stdin', 'r'), (1, 'stdout', 'w'), (2, 'stderr', 'w')):
        known = getattr(sys, name)
        stream = open(number, mode, 1 if number == 2 else -1, known.encoding, known.errors, closefd=False)
        setattr(sys, name, stream)
        setattr(sys, f'__{name}__', stream)
    sys.argv = ['-m', *asked['words']]
    sys.path[0:1] = [asked['cwd'], *filter(None, asked['env'].get('PYTHONPATH', '').split(':'))]

def run(module):
    """The exit code, after what an interpreter does at its end; tearing all down would cost more than most runs."""
    code = 0
    try:
        runpy.run_module(module, run_name='__main__', alter_sys=True)
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else int(left.code is not None)
        if left.code is not None and not isinstance(left.code, int):
            print(left.code, file=sys.stderr)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
    except ValueError:  # closed by the program itself
        pass
    return code

server = socket.socket(fileno=int(sys.argv[1]))
gc.freeze()  # what is loaded stays shared with the forks
while True:
    message, streams, _, _ = socket.recv_fds(server, 65536, 3)
    if not message:
        break
    child = os.fork()
    if child == 0:
        code = 120  # what an interpreter that fails to end says
        try:
            server.close()
            asked = json.loads(message)
            become(asked, streams)
            code = run(asked['module']) & 255
        finally:
            os._exit(code)
    for stream in streams:
        os.close(stream)
    server.send(b'%d' % child)
    server.send(b'%d' % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
'''


class Forks:
    """Starts when first used."""

    def __init__(self):
        self.child = None

    def _start(self):
        self.wire, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.child = subprocess.Popen(
                ['/usr/bin/python3', '-S', '-c', SERVER, str(theirs.fileno())], cwd='/', user=1000, group=1000,
                extra_groups=[], start_new_session=True, pass_fds=[theirs.fileno()], env=CLEAN_ENVIRONMENT,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _told(self, seconds):
        """A number from the server, or None when it takes longer."""
        ready, _, _ = select.select([self.wire], [], [], seconds)
        told = self.wire.recv(64) if ready else None
        expect(told != b'', 'the server of forks has ended')
        return None if told is None else int(told)

    def run(self, module, words, *, cwd, env, stdin='', timeout=20):
        """As `as_dev` of `python3 -m module words` would."""
        if self.child is None:
            self._start()
        streams = [os.memfd_create(name) for name in ('stdin', 'stdout', 'stderr')]
        try:
            with open(streams[0], 'wb', closefd=False) as file:
                file.write(stdin.encode())
            os.lseek(streams[0], 0, os.SEEK_SET)
            asked = {'module': module, 'words': words, 'cwd': cwd, 'env': {**CLEAN_ENVIRONMENT, **env}}
            socket.send_fds(self.wire, [json.dumps(asked).encode()], streams)
            child = self._told(timeout)
            expect(child is not None, 'the server of forks does not answer')
            code = self._told(timeout)
            if code is None:
                os.kill(child, signal.SIGKILL)
                self._told(timeout)
            return Finished(code, *map(read_all, streams[1:]))
        finally:
            for stream in streams:
                os.close(stream)


def read_all(stream):
    os.lseek(stream, 0, os.SEEK_SET)
    with open(stream, 'rb', closefd=False) as file:
        return file.read().decode(errors='replace').replace('\r\n', '\n')
