"""Starts the front as an ordinary user between clients and services of its own, and watches both sides."""

import contextlib
import hashlib
import http.client
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, '/tests')
from verify import CLEAN_ENVIRONMENT, Verifier, as_dev, expect  # noqa: E402

FRONT = ('127.0.0.1', 8080)
CATALOG, ACCOUNTS = (9101, 9102), (9201,)
BALANCER, OTHER_BALANCER, STRANGER = '127.0.1.7', '127.0.1.40', '127.0.2.9'
ORIGINAL = {
    'public/index.html':
        '7df12d52b404426c2e681cb71f46f4854c8aa57d4594f6d6ca12b2620aa615a5',
    'public/.deploy/state.json':
        'a459e705cba52d545783d51d783ec0f91893f32ea521fe27522f57a1916154d6',
    'public/assets/app.4f2c91.js':
        'f43c2aa5d986e5a768f710284338e50a7850bf89d539f1ebfb6199245a72e36f',
    'public/assets/app.4f2c91.js.map':
        '49ec2c0b8ffa3c898a2550b02eb4374ab539aef432c262238c5e8298ecae5f23',
    'protected/invoice-1041.txt':
        'd889e487e2b544c7f354eca07dec0512185e2747fbbac25ff486cdb3af33d178',
}
draw = random.Random(0xF207)
TAG = f'{draw.getrandbits(40):010x}'


class Service:
    """A service on one port. `answer(request)` gives (status, headers, body), or None to hang up."""

    def __init__(self, port, answer):
        self.port, self.answer, self.seen = port, answer, []
        self.listener = socket.create_server(('127.0.0.1', port), backlog=64)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with contextlib.suppress(OSError, ValueError), connection, connection.makefile('rb') as lines:
            method, path, _ = lines.readline().decode('latin-1').split(' ', 2)
            headers = []
            while (line := lines.readline().decode('latin-1').rstrip('\r\n')):
                name, _, value = line.partition(':')
                headers.append((name.lower(), value.strip()))
            request = Request(method, path, headers)
            request.body = lines.read(int(request.one('content-length') or 0))
            self.seen.append(request)
            answer = self.answer(request)
            if answer is None:
                return
            status, extra, body = answer
            head = [f'HTTP/1.1 {status} Whatever', f'Content-Length: {len(body)}', 'Connection: close']
            head += [f'{name}: {value}' for name, value in extra]
            connection.sendall('\r\n'.join(head + ['', '']).encode('latin-1') + body)

    def close(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


class Request:
    def __init__(self, method, path, headers):
        self.method, self.path, self.headers, self.body = method, path, headers, b''

    def all(self, name):
        return [value for key, value in self.headers if key == name]

    def one(self, name):
        values = self.all(name)
        expect(len(values) < 2, f'{name} reached the service {len(values)} times')
        return values[0] if values else None


class Answer:
    def __init__(self, response):
        self.status, self.headers = response.status, response.getheaders()
        self.body = response.read()

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name):
        return ', '.join(self.all(name))

    def is_json(self, status, value):
        expect(self.status == status, f'status {self.status}, expected {status}')
        expect(self.header('Content-Type').split(';')[0] == 'application/json',
               f'type {self.header("Content-Type")!r}, expected application/json')
        expect(json.loads(self.body) == value, f'body {self.body[:80]!r}')


def ask(path, method='GET', source='127.0.0.1', headers=(), body=None):
    """One request on a connection of its own; reads the answer even if the body is not wanted."""
    client = http.client.HTTPConnection(*FRONT, timeout=20, source_address=(source, 0))
    with contextlib.closing(client):
        headers = dict(headers)
        client.putrequest(method, path, skip_host='Host' in headers, skip_accept_encoding=True)
        for name, value in headers.items():
            client.putheader(name, value)
        if body is not None:
            client.putheader('Content-Length', str(len(body)))
        client.endheaders()
        with contextlib.suppress(ConnectionError):
            client.send(body or b'')
        return Answer(client.getresponse())


def plainly(request):
    return 200, [('Content-Type', 'text/plain')], f'{request.method} {request.path}'.encode()


@contextlib.contextmanager
def front(answer=plainly, up=CATALOG + ACCOUNTS):
    """The front, freshly started, before those services that are up; gives services by port."""
    services = {port: Service(port, answer) for port in up}
    nginx = subprocess.Popen(
        ['/usr/sbin/nginx', '-e', 'run/error.log', '-p', '/app/', '-c', 'nginx/nginx.conf',
         '-g', 'daemon off;'],
        cwd='/app', user=1000, group=1000, extra_groups=[], start_new_session=True,
        env=CLEAN_ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, errors='replace',
    )
    try:
        until_up(nginx)
        yield services
    finally:
        for service in services.values():
            service.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(nginx.pid, signal.SIGKILL)
        nginx.communicate()
        until_down()


def until_up(nginx):
    give_up = time.monotonic() + 20
    while time.monotonic() < give_up:
        expect(nginx.poll() is None, 'nginx did not start: ' + (nginx.stderr.read() if nginx.poll() else ''))
        with contextlib.suppress(OSError):
            socket.create_connection(FRONT, timeout=5).close()
            return
        time.sleep(0.005)
    raise AssertionError('nginx does not listen on port 8080')


def until_down():
    """The master is reaped, but a killed worker may hold the port a moment longer."""
    give_up = time.monotonic() + 20
    while time.monotonic() < give_up:
        try:
            socket.create_connection(FRONT, timeout=5).close()
        except ConnectionRefusedError:
            return
        except OSError:
            pass
        time.sleep(0.002)
    raise AssertionError('something still listens on port 8080')


def seen(services, ports):
    return [request for port in ports if port in services for request in services[port].seen]


def only(services, ports):
    requests = seen(services, ports)
    expect(len(requests) == 1, f'the services on {ports} got {len(requests)} requests, expected 1')
    return requests[0]


def put_site_files(files):
    """Publishes files of the verifier's own, as the user who owns the site."""
    script = 'import json,os,sys\nfor p, t in json.load(sys.stdin).items():\n' \
        ' os.makedirs(os.path.dirname(p), exist_ok=True); open(p, "w").write(t)\n'
    files = {f'/app/site/{path}': text for path, text in files.items()}
    as_dev(['/usr/bin/python3', '-I', '-c', script], stdin=json.dumps(files)).ok()


MINE = {
    f'public/assets/main.{TAG}.js': 'export const mine = 1\n',
    f'public/assets/icons/leaf.{TAG}.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>\n',
    f'public/assets/look.{TAG}.css': 'b { color: red }\n',
    f'public/assets/main.{TAG}.js.map': '{"version":3}\n',
    f'public/assets/icons/leaf.{TAG}.svg.orig': '<svg/>\n',
    f'public/assets/.notes-{TAG}': 'secret\n',
    f'public/.{TAG}/keys.txt': 'secret\n',
    f'public/pages/.draft-{TAG}.html': 'secret\n',
    f'public/pages/about-{TAG}.html': f'<p>about {TAG}</p>\n',
    f'public/pages/about-{TAG}.html~': 'secret\n',
    f'public/prices-{TAG}.bak': 'secret\n',
    f'public/.well-known/{TAG}.txt': 'known\n',
    f'protected/slip-{TAG}.txt': f'slip {TAG}\n',
}

def site_untouched():
    for path, digest in ORIGINAL.items():
        with open(f'/app/site/{path}', 'rb') as file:
            expect(hashlib.sha256(file.read()).hexdigest() == digest, f'site/{path} was changed')


def starts_and_routes():
    with front() as services:
        answer = ask(f'/api/catalog/items/{TAG}')
        expect(answer.status == 200 and TAG.encode() in answer.body, f'catalog: {answer.status}')
        only(services, CATALOG)
        expect(b'id="shop"' in ask('/').body, 'the front page is gone')


def routes():
    with front() as services:
        rest = f'items/seeds%2F{TAG}%20(old)/a+b?q=%2Fx%20y&empty=&z=%C3%A4'
        answer = ask(f'/api/catalog/{rest}')
        got = only(services, CATALOG).path
        expect(got == f'/{rest}', f'catalog was asked for {got}')
        expect(answer.body == f'GET /{rest}'.encode(), "catalog's answer did not come back")
        for path in (f'/api/accounts/me/{TAG}?full=1', f'/api/accounts/u%2F{TAG}'):
            services[9201].seen.clear()
            ask(path)
            got = only(services, ACCOUNTS).path
            expect(got == path, f'accounts was asked for {got} instead of {path}')
        services[9101].seen.clear(), services[9102].seen.clear(), services[9201].seen.clear()
        for path in ('/api/', f'/api/{TAG}', '/api/catalogue/items', '/api/accountsx'):
            ask(path).is_json(404, {'error': 'not found'})
        expect(not seen(services, CATALOG + ACCOUNTS), 'an unknown API path reached a service')


def client_addresses():
    cases = (
        (BALANCER, '203.0.113.9', '203.0.113.9'),
        (BALANCER, '198.51.100.1, 203.0.113.77', '203.0.113.77'),
        (BALANCER, f'10.9.8.7, 203.0.113.12, {OTHER_BALANCER}', '203.0.113.12'),
        (STRANGER, '203.0.113.5', STRANGER),
        (STRANGER, f'203.0.113.5, {BALANCER}', STRANGER),
        ('127.0.0.1', '203.0.113.6', '127.0.0.1'),
        (STRANGER, None, STRANGER),
    )
    with front() as services:
        for place, ports in (('/api/catalog/x', CATALOG), ('/api/accounts/x', ACCOUNTS)):
            for source, forwarded, client in cases:
                for service in services.values():
                    service.seen.clear()
                ask(place, source=source,
                    headers={'X-Forwarded-For': forwarded, 'X-Real-IP': '9.9.9.9'} if forwarded else {})
                request = only(services, ports)
                for name in ('x-real-ip', 'x-forwarded-for'):
                    expect(request.one(name) == client,
                           f'{name} is {request.one(name)}, from {source} with {forwarded}: {client}')


def request_headers():
    def chatty(request):
        return 200, [('X-Request-Id', 'of-the-service')], b'ok'

    with front(chatty) as services:
        def through(source='127.0.0.1', place='/api/accounts/x', **headers):
            for service in services.values():
                service.seen.clear()
            answer = ask(place, source=source, headers={k.replace('_', '-'): v for k, v in headers.items()})
            return only(services, CATALOG + ACCOUNTS), answer

        for place in ('/api/accounts/x', '/api/catalog/x'):
            host = f'{TAG}.millstone.example:8443'
            expect(through(place=place, Host=host)[0].one('host') == host, 'Host did not arrive as sent')
            for source, said, proto in ((BALANCER, 'https', 'https'), (BALANCER, 'http', 'http'),
                                        (STRANGER, 'https', 'http'), (BALANCER, None, 'http')):
                got = through(source, place, **({'X_Forwarded_Proto': said} if said else {}))[0]
                expect(got.one('x-forwarded-proto') == proto,
                       f'X-Forwarded-Proto {got.one("x-forwarded-proto")}: {source} said {said}')
            for own, kept in ((f'{TAG}-AbC', True), ('a' * 64, True), ('a' * 65, False), ('abc-123', False),
                              (f'{TAG} x', False), (f'{TAG}_{TAG}', False), (None, False)):
                request, answer = through(place=place, **({'X_Request_Id': own} if own else {}))
                got = request.one('x-request-id') or ''
                expect(got == own if kept else re.fullmatch('[0-9a-f]{32}', got),
                       f'client sent X-Request-Id {own}, the service got {got!r}')
                expect(answer.all('X-Request-Id') == [got],
                       f'service got X-Request-Id {got}, the client {answer.all("X-Request-Id")}')
        ids = {through()[0].one('x-request-id') for _ in range(3)}
        expect(len(ids) == 3, 'fresh request ids repeat')


def site_files():
    year = {'public', 'max-age=31536000', 'immutable'}

    def caching(answer):
        return {part.strip() for part in answer.header('Cache-Control').split(',')} - {''}

    with front() as services:
        for path, kind in ((f'assets/main.{TAG}.js', 'javascript'), (f'assets/look.{TAG}.css', 'text/css'),
                           (f'assets/icons/leaf.{TAG}.svg', 'image/svg+xml')):
            answer = ask('/' + path)
            expect(answer.status == 200 and answer.body == MINE['public/' + path].encode(), f'{path} not served')
            expect(kind in answer.header('Content-Type'), f'{path} is {answer.header("Content-Type")}')
            expect(caching(answer) == year, f'{path}: Cache-Control {answer.all("Cache-Control")}')
        missing = ask(f'/assets/gone.{TAG}.js')
        expect(missing.status == 404, f'a missing asset gives {missing.status}')
        expect(not caching(missing) & {'max-age=31536000', 'immutable', 'public'} and not missing.all('Expires'),
               "a missing asset's 404 may be cached")
        about = ask(f'/pages/about-{TAG}.html')
        expect(about.body == f'<p>about {TAG}</p>\n'.encode(), 'a page is not served')
        expect('text/html' in about.header('Content-Type'), f'a page is {about.header("Content-Type")}')
        pages = [about, ask('/robots.txt'), ask(f'/.well-known/{TAG}.txt')]
        for path in ('/', '/index.html', f'/seeds/{TAG}', f'/a/b/{TAG}.html?x=1', '/apiary'):
            answer = ask(path)
            expect(answer.status == 200 and b'id="shop"' in answer.body, f'{path} does not give index.html')
            pages.append(answer)
        for answer in pages:
            expect(caching(answer) == {'no-cache'}, f'page: Cache-Control {answer.all("Cache-Control")}')
        expect(not seen(services, CATALOG + ACCOUNTS), 'a site path reached a service')


def every_answer_is_safe():
    def careless(request):
        status = 500 if 'broken' in request.path else 200
        return status, [('Cache-Control', 'max-age=7'), ('X-Content-Type-Options', 'nosniff'),
                        ('Referrer-Policy', 'same-origin')], b'x'

    def safe(path, answer):
        for name, value in (('X-Content-Type-Options', 'nosniff'), ('Referrer-Policy', 'same-origin')):
            expect(answer.all(name) == [value], f'{path} ({answer.status}): {name} {answer.all(name)}')

    paths = ('/', f'/assets/main.{TAG}.js', '/assets/none.js', f'/{TAG}', '/api/nothing', f'/.{TAG}/keys.txt',
             '/api/catalog/internal/x', f'/protected/slip-{TAG}.txt', '/api/catalog/x', '/api/catalog/broken',
             '/api/accounts/x', '/api/accounts/broken', '/robots.txt')
    with front(careless):
        for path in paths:
            safe(path, ask(path))
        safe('too large', ask('/api/accounts/x', 'POST', body=bytes(300_000)))
        expect(ask('/api/catalog/x').all('Cache-Control') == ['max-age=7'], "a service's Cache-Control was changed")
    with front(careless, up=()):
        safe('no service', ask('/api/accounts/x'))


def body_limits():
    limits = (('/api/accounts/x', 256 << 10), ('/api/catalog/items', 256 << 10), ('/api/catalog/photosets', 256 << 10),
              ('/api/catalog/photos', 5 << 20), (f'/api/catalog/photos/{TAG}/large', 5 << 20))
    with front() as services:
        for path, limit in limits:
            for service in services.values():
                service.seen.clear()
            answer = ask(path, 'POST', body=bytes(limit))
            expect(answer.status == 200, f'{limit} bytes to {path}: {answer.status}')
            request = only(services, CATALOG + ACCOUNTS)
            expect(len(request.body) == limit, f'{path}: {len(request.body)} of {limit} bytes arrived')
            ask(path, 'POST', body=bytes(limit + 1)).is_json(413, {'error': 'too large'})
        expect(len(seen(services, CATALOG + ACCOUNTS)) == 1, 'a body over the limit reached a service')


def hidden_files():
    secret = [path.removeprefix('public') for path in MINE
              if path.startswith('public') and '.well-known' not in path
              and ('/.' in path or path.endswith(('.map', '.bak', '.orig', '~')))]
    secret += ['/.deploy/state.json', f'/pages/%2Edraft-{TAG}.html', f'/assets/main.{TAG}.js.m%61p', '/.no-such']
    with front() as services:
        for path in secret:
            answer = ask(path)
            expect(answer.status == 404, f'{path} gives {answer.status}')
        expect(ask(f'/.well-known/{TAG}.txt').body == b'known\n', '/.well-known/ is gone')
        for rest in (f'items/.{TAG}', f'items/{TAG}.map', f'.{TAG}/x', f'a/{TAG}.bak', 'b~'):
            for name, ports in (('catalog', CATALOG), ('accounts', ACCOUNTS)):
                for service in services.values():
                    service.seen.clear()
                answer = ask(f'/api/{name}/{rest}')
                expect(answer.status == 200, f'/api/{name}/{rest} gives {answer.status}')
                only(services, ports)


def hidden_internals():
    def telling(request):
        head = [('X-Powered-By', 'looms/3'), ('X-Backend', '10.0.0.3'), ('Server', 'loom/3.1')]
        if request.path.startswith('/slips/'):
            head.append(('X-Accel-Redirect', f'/protected/slip-{request.path[7:]}.txt'))
        return 200, head, b'told'

    with front(telling) as services:
        for path in ('/api/catalog/internal', '/api/catalog/internal/x', '/api/accounts/internal/y?z=1',
                     '/api/accounts/internal', '/api/catalog/%69nternal/x', '/api/catalog//internal/x',
                     '/api/catalog/items/../internal/x', '/api/accounts/internal%2Fx',
                     '/api/accounts/./%69nternal/', f'/protected/slip-{TAG}.txt', '/protected/invoice-1041.txt',
                     f'/%70rotected/slip-{TAG}.txt', '/protected/'):
            answer = ask(path)
            expect(answer.status == 404, f'{path} gives {answer.status}')
        expect(not seen(services, CATALOG + ACCOUNTS), 'an internal path reached a service')
        slip = ask(f'/api/catalog/slips/{TAG}')
        expect(slip.status == 200 and slip.body == f'slip {TAG}\n'.encode(),
               f'X-Accel-Redirect gives {slip.status} {slip.body[:40]!r}')
        for path in ('/api/catalog/internals', '/api/accounts/internally/x'):
            expect(ask(path).status == 200, f'{path} is no internal path')
        for path in ('/', '/api/catalog/x', '/api/accounts/x', '/assets/none.css'):
            answer = ask(path)
            told = answer.all('X-Powered-By') + answer.all('X-Backend')
            expect(not told, f'{path} tells {told}')
            expect(not re.search(r'\d', answer.header('Server')), f'{path}: Server {answer.header("Server")}')
            expect(not re.search(rb'nginx/\d', answer.body), f'{path}: the page names the version')


def fails_over():
    with front() as services:
        for number in range(8):
            ask(f'/api/catalog/items/{number}')
        for port in CATALOG:
            expect(len(services[port].seen) >= 2, f'{port} got {len(services[port].seen)} of 8 requests')
    for down in CATALOG:
        with front(up=set(CATALOG + ACCOUNTS) - {down}):
            for method in ('GET', 'HEAD', 'GET', 'DELETE', 'GET'):
                answer = ask(f'/api/catalog/items/{TAG}', method)
                expect(answer.status == 200, f'{method} gives {answer.status} while {down} is down')
            answer = ask('/api/catalog/orders', 'POST', body=b'one')
            expect(answer.status == 200, f'POST gives {answer.status} while {down} is down')
    for method, trouble in (('GET', (502, [], b'bad')), ('PUT', (503, [], b'bad')),
                            ('DELETE', (504, [], b'bad')), ('GET', None), ('PUT', None)):
        calls = []

        def first_fails(request):
            calls.append(request)
            return trouble if len(calls) == 1 else plainly(request)

        with front(first_fails) as services:
            answer = ask(f'/api/catalog/items/{TAG}', method, body=b'p' if method == 'PUT' else None)
            expect(answer.status == 200, f'{method} gives {answer.status} after one server: {trouble}')
            expect([len(services[port].seen) for port in CATALOG] == [1, 1], 'the other server was not asked')


def never_repeats_a_post():
    for trouble in ((503, [('Content-Type', 'text/x-loom')], b'no room'), (502, [], b'bad'), (500, [], b'oh'), None):
        with front(lambda request: trouble) as services:
            answer = ask('/api/catalog/orders', 'POST', body=b'one rye')
            only(services, CATALOG)
            if trouble:
                expect((answer.status, answer.body) == (trouble[0], trouble[2]),
                       f'POST: a service said {trouble[0]} {trouble[2]}, the client got {answer.status}')
            else:
                answer.is_json(503, {'error': 'unavailable'})


def tells_of_trouble():
    def troubled(request):
        status = int(request.path[-3:])
        return status, [('Content-Type', 'application/x-loom'), ('Retry-After', '77')], f'{TAG} {status}'.encode()

    with front(troubled) as services:
        for status in (400, 404, 409, 413, 422, 500, 503):
            for path in (f'/api/catalog/x/{status}', f'/api/accounts/x/{status}'):
                answer = ask(path)
                got = (answer.status, answer.header('Content-Type'), answer.body, answer.all('Retry-After'))
                expect(got == (status, 'application/x-loom', f'{TAG} {status}'.encode(), ['77']),
                       f'{path} came as {got}')
            if status == 500:
                asked = [request.path for request in seen(services, CATALOG)]
                expect(asked.count('/x/500') == 1, 'a 500 was asked for again')
    with front(up=()):
        for path in ('/api/catalog/x', '/api/catalog/photos/x', '/api/accounts/x', '/api/catalog/x'):
            for method in ('GET', 'POST'):
                answer = ask(path, method, body=b'x' if method == 'POST' else None)
                answer.is_json(503, {'error': 'unavailable'})
                expect(answer.all('Retry-After') == ['5'], f'Retry-After {answer.all("Retry-After")}')
        expect(ask('/').status == 200, 'the site went down with the services')


verifier = Verifier()
verifier.guard('site-untouched', site_untouched)
verifier.guard('site-takes-new-files', lambda: put_site_files(MINE))
verifier.guard('front-starts-and-routes', starts_and_routes)
verifier.check('paths-arrive-as-written', 3, routes)
verifier.check('client-addresses', 3, client_addresses)
verifier.check('request-headers', 2, request_headers)
verifier.check('site-files-and-caching', 2, site_files)
verifier.check('safe-headers-on-every-answer', 2, every_answer_is_safe)
verifier.check('body-limits', 2, body_limits)
verifier.check('hidden-files', 2, hidden_files)
verifier.check('hidden-internals', 2, hidden_internals)
verifier.check('fails-over', 3, fails_over)
verifier.check('no-post-is-repeated', 2, never_repeats_a_post)
verifier.check('trouble-is-told-as-it-is', 2, tells_of_trouble)
verifier.finish()
