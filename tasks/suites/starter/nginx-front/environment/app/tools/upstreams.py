"""Stand-ins for the catalog and accounts services: each answers with what it was sent.

    python3 tools/upstreams.py            both catalog servers and accounts
    python3 tools/upstreams.py 9102 9201  only these

A path that ends in /status/<code> is answered with that status.
"""

import json
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Echo(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def answer(self):
        length = int(self.headers.get('Content-Length', 0))
        self.rfile.read(length)
        status = re.search(r'/status/(\d{3})$', self.path)
        body = json.dumps({
            'server': self.server.server_port,
            'method': self.command,
            'path': self.path,
            'headers': dict(self.headers.items()),
            'body_bytes': length,
        }, indent=2).encode()
        self.send_response(int(status[1]) if status else 200)
        self.send_header('Content-Type', 'application/json')
        self.send_header('X-Powered-By', 'millstone-echo')
        self.send_header('X-Backend', f'127.0.0.1:{self.server.server_port}')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        if self.command != 'HEAD':
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = answer


def main():
    ports = [int(port) for port in sys.argv[1:]] or [9101, 9102, 9201]
    servers = [ThreadingHTTPServer(('127.0.0.1', port), Echo) for port in ports]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print('listening on ' + ', '.join(f'127.0.0.1:{port}' for port in ports))
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        pass


if __name__ == '__main__':
    main()
