"""Runs the service under traffic of every kind, then counts what is left of it."""

import contextlib
import hashlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, '/tests')
from verify import CLEAN_ENVIRONMENT, Verifier, expect  # noqa: E402

LINK = '59d0484d018112d1a5ad83f6e2201ead9ac156e3cf145784b7e74c5d34ec45e4'
# How long things may take to go away by the service's own timers, all in all, and at least for each; only
# leaks use it up. A service that gets no time on a busy machine loses none of it.
PATIENCE_MS, LEAST_MS = [90], 30
# One listener each is a fine way to hear of things; more of them belong to requests.
ALLOWED = {'inFlight': 0, 'linkListeners': 1, 'closingListeners': 1, 'streams': 0, 'busListeners': 2, 'waiters': 0}
ID = 'MS-1002'

# Told {patience, sockets, collect} and woken by SIGUSR2, it answers once the event loop has come round so often
# that everything which had happened to the service by then has had its consequences: connections beyond `sockets`
# are noticed to be gone, file operations are done, timers due within `patience` milliseconds have fired. It then
# counts timers that are active and label files that are open, and bytes held when they are to be collected first.
PROBE = '''
import fs from 'node:fs'
const collect = globalThis.gc, resources = process.getActiveResourcesInfo.bind(process)
const memory = process.memoryUsage.bind(process), list = fs.readdirSync.bind(fs), now = performance.now.bind(performance)
const link = fs.readlinkSync.bind(fs), write = fs.writeSync.bind(fs)
const receive = fs.readSync.bind(fs), later = setImmediate, wait = setTimeout, print = JSON.stringify, parse = JSON.parse
const target = (fd) => { try { return link('/proc/self/fd/' + fd) } catch { return '' } }
const count = (start) => resources().filter((kind) => kind.startsWith(start)).length
const turns = (left, then) => later(() => left > 1 ? turns(left - 1, then) : then())
const told = Buffer.alloc(256)
process.on('SIGUSR2', () => {
  const asked = parse(told.toString('utf8', 0, receive(QUESTIONS, told))), start = now()
  const settle = () => turns(8, () => {
    const busy = count('FSReq') > 0 || (count('TCPSocketWrap') > asked.sockets && now() - start < 300)
    if (busy) wait(settle, 1).unref()
    else answer()
  })
  const answer = () => {
    if (asked.collect) collect()
    const files = list('/proc/self/fd').map(target).filter((path) => path.startsWith('LABELS')).length
    const told = { timers: count('Timeout'), files }
    if (asked.collect) told.bytes = memory().heapUsed + memory().external
    write(ANSWERS, print(told) + '\\n')
  }
  if (asked.patience > 0) wait(settle, asked.patience).unref()
  else settle()
})
'''


class Desk:
    """The service, on a port of its own, with one standing connection for questions."""

    def __init__(self, port, **settings):
        self.port, self.labels, self.plugs = port, '/tests-labels', []
        self.answers, told = os.pipe()
        asked, self.questions = os.pipe()
        probe = PROBE.replace('LABELS', self.labels).replace('QUESTIONS', str(asked)).replace('ANSWERS', str(told))
        self.child = subprocess.Popen(
            ['/usr/bin/node', '--expose-gc', '--max-http-header-size=32768',
             '--import', 'data:text/javascript,' + quoted(probe), 'src/main.js'],
            cwd='/app', user=1000, group=1000, extra_groups=[], start_new_session=True, pass_fds=(asked, told),
            env={**CLEAN_ENVIRONMENT, 'PORT': str(port), 'LABELS_DIR': self.labels,
                 **{name: str(value) for name, value in settings.items()}},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors='replace')
        os.close(told)
        os.close(asked)

    def up(self):
        if not hasattr(self, 'line'):
            self._until_up()
            self._stand()
        return self

    def _stand(self):
        self.line = self.plug()
        self.lines = self.line.makefile('rb')

    def close(self):
        if hasattr(self, 'line'):
            self.line.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.child.pid, signal.SIGKILL)
        self.child.communicate()
        os.close(self.answers)
        os.close(self.questions)

    def _until_up(self):
        give_up = time.monotonic() + 30
        while time.monotonic() < give_up:
            expect(self.child.poll() is None, 'the service ended: ' + self._last_words())
            with contextlib.suppress(OSError):
                self.plug().close()
                return
            time.sleep(0.01)
        raise AssertionError('the service does not listen')

    def _last_words(self):
        return self.child.stderr.read()[-300:] if self.child.poll() is not None else ''

    def plug(self):
        plug = socket.create_connection(('127.0.0.1', self.port), timeout=30)
        self.plugs.append(plug)
        return plug

    def ask(self, method, path, body=None, headers=None):
        """(status, headers by lower-case name, body) over the standing connection."""
        text = '' if body is None else json.dumps(body)
        request = raw(method, path, [f'{name}: {value}' for name, value in (headers or {}).items()], text)
        try:
            self.line.sendall(request)
            return answer_to(method, self.lines)
        except (HungUp, OSError):  # Node ends a connection that was idle for 5 s, which a busy machine can make of it
            self.line.close()
            self._stand()
        self.line.sendall(request)
        return answer_to(method, self.lines)

    def json(self, method, path, body=None, headers=None):
        return json.loads(self.ask(method, path, body, headers)[2])

    def burst(self, requests):
        """Sends many bodiless or short requests down one connection at once; gives the answers' statuses."""
        with contextlib.closing(self.plug()) as plug:
            sender = threading.Thread(target=plug.sendall, args=[b''.join(raw(*each) for each in requests)], daemon=True)
            sender.start()
            with plug.makefile('rb') as lines:
                statuses = [answer_to(method, lines)[0] for method, *_ in requests]
            sender.join()
        return statuses

    def hanging(self, path, until):
        """A connection whose answer has begun with `until` (or is being waited for when that is empty)."""
        plug = self.plug()
        plug.sendall(f'GET {path} HTTP/1.1\r\nHost: desk\r\n\r\n'.encode())
        got = b''
        while until not in got:
            part = plug.recv(65536)
            expect(part, f'{path} was hung up on')
            got += part
        return plug

    def debug(self):
        return self.json('GET', '/debug')

    def probe(self, patience=0, collect=False):
        self.plugs = [plug for plug in self.plugs if plug.fileno() >= 0]
        asked = {'patience': patience, 'sockets': len(self.plugs), 'collect': collect}
        os.write(self.questions, json.dumps(asked).encode())
        self.child.send_signal(signal.SIGUSR2)
        ready, _, _ = select.select([self.answers], [], [], 30)
        expect(ready, 'the service does not come round to its events')
        return json.loads(os.read(self.answers, 4096))

    def settles(self, question, what):
        """Asks until question() gives nothing that is wrong, and the service has had time for its timers."""
        give_up = max(PATIENCE_MS[0], LEAST_MS)
        while (wrong := question()) and give_up > 0:
            self.probe(patience=LEAST_MS)
            give_up, PATIENCE_MS[0] = give_up - LEAST_MS, PATIENCE_MS[0] - LEAST_MS
        expect(not wrong, f'{what}: {wrong}')

    def until_debug(self, **counts):
        def differs():
            now = self.debug()
            return {name: now[name] for name, count in counts.items() if now[name] != count}
        self.settles(differs, f'/debug should come to {counts}, but counts')

    def hold(self, collect=False):
        """What the service holds now, for left_over()."""
        return {**self.probe(collect=collect), **self.debug()}

    def left_over(self, before, *names):
        """Waits until nothing is left over but what the service held before; of memory, 600 KiB."""
        def more():
            now = self.hold('bytes' in before)
            found = {name: now[name] for name in names if now[name] > max(before[name], ALLOWED[name])}
            if now['timers'] > before['timers'] + 1:  # one that all share
                found['timers'] = now['timers'] - before['timers']
            if now['files'] > before['files']:
                found['files'] = now['files'] - before['files']
            grown = (now['bytes'] - before['bytes']) // 1024 if 'bytes' in before else 0
            return found | ({'KiB': grown} if grown > 600 else {})
        self.settles(more, 'left over')


def raw(method, path, headers, body):
    lines = [f'{method} {path} HTTP/1.1', 'Host: desk', f'Content-Length: {len(body)}', *headers, '', body]
    return '\r\n'.join(lines).encode()


class HungUp(AssertionError):
    """The service ended a connection instead of answering."""


def answer_to(method, lines):
    """Reads an answer: (status, headers by lower-case name, body)."""
    first = lines.readline().split()
    if len(first) < 2:
        raise HungUp('a connection was hung up on')
    status, headers, body = int(first[1]), {}, b''
    while (line := lines.readline().strip()):
        name, _, value = line.decode('latin-1').partition(':')
        headers[name.lower()] = value.strip()
    if method != 'HEAD' and status not in (204, 304):
        if headers.get('transfer-encoding', '').lower() == 'chunked':
            while (size := int(lines.readline(), 16)):
                body += lines.read(size)
                lines.readline()
            lines.readline()
        else:
            body = lines.read(int(headers['content-length']))
    return status, headers, body


class Desks:
    """Services by their settings, started when first asked for, and again when they have died."""

    def __init__(self):
        self.desks, self.ports = {}, 18100

    def start(self, **settings):
        key = json.dumps(settings)
        if key in self.desks and self.desks[key].child.poll() is not None:
            self.desks.pop(key).close()
        if key not in self.desks:
            self.ports += 1
            self.desks[key] = Desk(self.ports, **settings)
        return self.desks[key]

    def close(self):
        for desk in self.desks.values():
            desk.close()


def quoted(text):
    return ''.join(char if char.isalnum() else f'%{ord(char):02X}' for char in text)


def word(length):
    return os.urandom(8).hex() + 'y' * (length - 16)


TTL_MS = 100
BRIEF = {'SESSION_TTL_MS': TTL_MS, 'SESSION_SWEEP_MS': 20, 'CARRIER_TIMEOUT_MS': 100}
ROOMY = {'CACHE_LIMIT': 20, 'CARRIER_TIMEOUT_MS': 60_000}


def brief():
    """A service where things run out soon."""
    return desks.start(**BRIEF).up()


def roomy():
    """A service where nothing runs out by itself while it is watched."""
    return desks.start(**ROOMY).up()


def login(name='Ada', agent='desk'):
    return 'POST', '/login', [f'User-Agent: {agent}'], json.dumps({'name': name})


def interface():
    desk = roomy()
    token = desk.json('POST', '/login', {'name': 'Ada'}, {'User-Agent': 'Till/4'})['token']
    mine = {'Authorization': f'Bearer {token}'}
    other = {'Authorization': f'Bearer {desk.json("POST", "/login", {"name": "Ada"})["token"]}'}
    expect(desk.json('GET', '/me', headers=mine) == {'name': 'Ada', 'agent': 'Till/4'}, '/me')
    expect(desk.debug()['sessions'] == 2 and desk.debug()['users'] == 1, '/debug of two sessions')
    expect(desk.ask('POST', '/logout', None, mine)[0] == 204, '/logout')
    expect([desk.ask('GET', '/me', headers=h)[0] for h in (mine, other)] == [401, 200], '/logout of one')
    third = {'Authorization': f'Bearer {desk.json("POST", "/login", {"name": "Ada"})["token"]}'}
    fourth = {'Authorization': f'Bearer {desk.json("POST", "/login", {"name": "Bo"})["token"]}'}
    expect(desk.ask('POST', '/logout', {'everywhere': True}, other)[0] == 204, '/logout everywhere')
    expect([desk.ask('GET', '/me', headers=h)[0] for h in (other, third)] == [401, 401], 'logged out everywhere')
    expect(desk.ask('POST', '/logout', None, fourth)[0] == 204, '/logout of another')
    expect(desk.ask('POST', '/login', {'name': ''})[0] == 400, 'a name too short')
    expect(desk.json('GET', f'/parcels/{ID}')['from'] == 'Linz', 'a parcel')
    expect(desk.ask('GET', '/parcels/none')[0] == 404, 'no parcel')
    status, headers, body = desk.ask('GET', f'/parcels/{ID}/label')
    expect((status, body) == (200, LABELS[f'{ID}.txt']), 'the label')
    cached = {'If-None-Match': headers['etag']}
    expect(desk.ask('GET', f'/parcels/{ID}/label', headers=cached)[0] == 304, 'the label again')
    status, headers, body = desk.ask('HEAD', f'/parcels/{ID}/label')
    expect((status, body, int(headers['content-length'])) == (200, b'', len(LABELS[f'{ID}.txt'])), 'HEAD')
    expect(desk.ask('GET', '/parcels/MS-1004/label')[0] == 404, 'no label')
    for miss in ('miss', 'hit'):
        status, headers, body = desk.ask('GET', f'/parcels/{ID}/eta?to=Wien')
        expect((status, headers['x-cache']) == (200, miss), f'an estimate: {status} {headers["x-cache"]}')
        expect(json.loads(body) == {'parcel': ID, 'to': 'Wien', 'days': 4}, f'an estimate: {body}')
    expect(desk.debug()['cached'] == 1, '/debug of one estimate')
    with contextlib.ExitStack() as stack:
        plugs = [stack.enter_context(contextlib.closing(desk.hanging(f'/parcels/{ID}/events', b'watching')))
                 for _ in range(3)]
        polls = [stack.enter_context(contextlib.closing(desk.hanging(f'/parcels/{ID}/next', b'')))
                 for _ in range(2)]
        stack.enter_context(contextlib.closing(desk.hanging(f'/parcels/{ID}/eta?to=XX-1', b'')))
        desk.until_debug(streams=3, waiters=2, inFlight=1)
        expect(desk.debug()['busListeners'] > 0, '/debug counts no listeners')
        desk.json('POST', f'/parcels/{ID}/events', {'status': 'sorted'})
        for plug in plugs + polls:
            expect(b'"status":"sorted"' in heard(plug, b'"status"'), 'an event was not told')
    expect(desk.ask('GET', f'/parcels/{ID}/next?ms=20')[0] == 204, 'a long poll for nothing')
    with open('/app/src/carrier-link.js', 'rb') as file:
        expect(hashlib.sha256(file.read()).hexdigest() == LINK, 'src/carrier-link.js was changed')


def ends_when_told():
    desk = brief()
    desk.child.send_signal(signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        desk.child.wait(30)
    expect(desk.child.returncode == 0, f'SIGTERM ended with {desk.child.returncode}')


def heard(plug, until):
    got = b''
    while until not in got:
        part = plug.recv(65536)
        expect(part, 'a connection was hung up on')
        got += part
    return got


def sessions_run_out():
    # held by name, by agent and by session: 64 of them would keep more than 1.2 MB
    desk = brief()
    desk.burst([login()] * 5)
    before = desk.hold(collect=True)
    expect(desk.burst([login(word(150), word(20_000)) for _ in range(64)]) == [201] * 64, '/login')
    desk.probe(patience=TTL_MS + 80)
    desk.until_debug(sessions=0, users=0)
    desk.left_over(before)


def sessions_are_ended():
    desk = roomy()

    def header(name):
        return {'Authorization': f'Bearer {desk.json("POST", "/login", {"name": name})["token"]}'}
    staying = header('Stay')
    for number in range(3):
        ending = [header(f'name {number}') for _ in range(3)]
        desk.ask('POST', '/logout', None, ending[0])
        desk.ask('POST', '/logout', {'everywhere': True}, ending[1])
    desk.until_debug(sessions=1, users=1)
    expect(desk.json('GET', '/me', headers=staying)['name'] == 'Stay', 'a session ended too early')


def cache_is_bounded():
    desk = roomy()

    def eta(to):
        return desk.ask('GET', f'/parcels/{ID}/eta?to={to}')[1]['x-cache']
    desk.burst([('GET', f'/parcels/{ID}/eta?to=w{number}', [], '') for number in range(20)])
    expect(eta('w0') == 'hit', 'the cache holds fewer than its limit')
    expect(eta('new') == 'miss' and eta('w0') == 'hit', 'the cache forgot what was just used')
    expect(eta('w2') == 'hit' and eta('w1') == 'miss', 'the cache did not drop what was unused for longest')
    expect(desk.burst([('GET', f'/parcels/{ID}/eta?to={word(99)}', [], '') for _ in range(25)]) == [200] * 25,
           'estimates')
    expect(desk.debug()['cached'] == 20, f'{desk.debug()["cached"]} estimates in a cache of 20')
    expect(eta('w0') == 'miss', 'the cache kept more than its limit')


def estimates_leave_nothing():
    def ask(count):
        requests = [('GET', f'/parcels/{ID}/eta?to={word(16_000)}', [], '') for _ in range(count)]
        expect(desk.burst(requests) == [200] * count, 'estimates')

    desk = roomy()
    ask(25)  # fills the cache
    before = desk.hold(collect=True)
    ask(60)
    desk.left_over(before, 'inFlight', 'linkListeners', 'closingListeners')
    desk = brief()
    before = desk.hold()
    plugs = [desk.hanging(f'/parcels/{ID}/eta?to=ZZ-{number}', b'') for number in range(6)]
    for plug in plugs:
        expect(b' 504 ' in heard(plug, b'\r\n'), 'a silent carrier does not give 504')
        plug.close()
    desk.left_over(before, 'inFlight', 'linkListeners', 'closingListeners')


def streams_leave_nothing():
    desk = roomy()
    before = desk.hold()

    def visit(count):
        for plug in [desk.hanging(f'/parcels/{ID}/events', b'watching') for _ in range(count)]:
            plug.close()
    with contextlib.closing(desk.hanging(f'/parcels/{ID}/events', b'watching')) as staying:
        visit(15)
        desk.until_debug(streams=1)
        desk.ask('POST', f'/parcels/{ID}/events', {'status': 'still told'})
        expect(b'still told' in heard(staying, b'"status"'), 'a stream ended with those of others')
    desk.left_over(before, 'streams', 'busListeners')


def polls_leave_nothing():
    desk = roomy()
    before = desk.hold()
    for plug in [desk.hanging(f'/parcels/{ID}/next', b'') for _ in range(10)]:
        plug.close()
    with contextlib.closing(desk.hanging(f'/parcels/{ID}/next?ms=60000', b'')) as staying:
        answered = [desk.hanging('/parcels/MS-1001/next', b'') for _ in range(5)]
        expect(desk.burst([('GET', f'/parcels/MS-1003/next?ms={n}', [], '') for n in range(5)]) == [204] * 5,
               'a long poll for nothing')
        desk.ask('POST', '/parcels/MS-1001/events', {'status': 'here'})
        for plug in answered:
            expect(b'"here"' in heard(plug, b'"status"'), 'a long poll was not answered')
            plug.close()
        desk.until_debug(waiters=1)
        desk.ask('POST', f'/parcels/{ID}/events', {'status': 'at last'})
        expect(b'at last' in heard(staying, b'"status"'), 'a long poll ended with those of others')
    desk.left_over(before, 'waiters', 'busListeners')


def labels_leave_nothing():
    desk = roomy()
    before = desk.hold()
    path = f'/parcels/{ID}/label'
    etag = desk.ask('HEAD', path)[1]['etag']
    kinds = {
        'not modified': (('GET', path, [f'If-None-Match: {etag}'], ''), 304),
        'HEAD': (('HEAD', path, [], ''), 200),
        'a folder': (('GET', '/parcels/MS-1003/label', [], ''), 404),
        'sent': (('GET', path, [], ''), 200),
    }
    for request, status in kinds.values():
        expect(desk.burst([request] * 4) == [status] * 4, f'{request[0]} {request[1]}: not {status}')
    for plug in [desk.hanging('/parcels/MS-1001/label', b'\r\n\r\n') for _ in range(4)]:
        plug.close()
    desk.left_over(before)


def metrics_go_by_route():
    desk = brief()
    requests = [('GET', f'/parcels/{word(16)}', [], '') for _ in range(20)]
    requests += [('GET', f'/{word(16)}/{n}', [], '') for n in range(20)]
    requests += [('GET', f'/parcels/{ID}', [], '')] * 7
    desk.burst(requests)
    desk.ask('GET', '/parcels/MS-1003/next?ms=1')
    wanted = {
        'method="GET",route="/parcels/:id",status="404"': 20, 'method="GET",route="unmatched",status="404"': 20,
        'method="GET",route="/parcels/:id",status="200"': 7, 'method="GET",route="/parcels/:id/next",status="204"': 1,
    }

    def differs():
        lines = desk.ask('GET', '/metrics')[2].decode().split('\n')
        return [line for labels, count in wanted.items()
                if (line := f'requests_total{{{labels}}} {count}') not in lines]
    desk.settles(differs, 'lines missing from /metrics')
    expect(desk.debug()['series'] <= 10, f'{desk.debug()["series"]} series')


LABELS = {f'{ID}.txt': b'to whom it may concern\n' * 40, 'MS-1001.txt': b''}


def lay_out_labels():
    os.makedirs('/tests-labels/MS-1003.txt', exist_ok=True)
    for name, body in LABELS.items():
        with open(f'/tests-labels/{name}', 'wb') as file:
            file.write(body)
    os.truncate('/tests-labels/MS-1001.txt', 12 << 20)  # more than fits into the buffers of a connection
    os.chmod('/tests-labels', 0o755)


verifier, desks = Verifier(), Desks()
lay_out_labels()
try:
    desks.start(**ROOMY)
    desks.start(**BRIEF)
    verifier.guard('interface-unchanged', interface)
    # its exact counts need a service that nobody has spoken to yet
    verifier.check('metrics-go-by-route', 2, metrics_go_by_route)
    verifier.check('cache-keeps-its-limit', 3, cache_is_bounded)
    verifier.check('estimates-leave-nothing', 3, estimates_leave_nothing)
    verifier.check('streams-leave-nothing', 3, streams_leave_nothing)
    verifier.check('long-polls-leave-nothing', 3, polls_leave_nothing)
    verifier.check('labels-leave-no-open-files', 3, labels_leave_nothing)
    verifier.check('sessions-that-ran-out-leave-memory', 3, sessions_run_out)
    verifier.check('sessions-that-ended-leave-memory', 1, sessions_are_ended)
    verifier.guard('ends-when-told', ends_when_told)
finally:
    desks.close()
verifier.finish()
