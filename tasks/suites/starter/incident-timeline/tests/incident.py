"""Makes folders of logs out of what truly happened, and says what timeline they must give.

It starts from occurrences and writes lines, so it knows the answer without reading a single one.
"""

import json
import random
from datetime import datetime, timedelta, timezone

UTC = timezone.utc
SEVERITIES = ('debug', 'info', 'warn', 'error', 'fatal')
MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split()
FILES = {'app': 'app.jsonl', 'access': 'access.log', 'syslog': 'syslog'}


def utc(text):
    return datetime.fromisoformat(text.replace('Z', '+00:00'))


def stamp(time):
    return time.strftime('%Y-%m-%dT%H:%M:%S.') + f'{time.microsecond // 1000:03}Z'


class Incident:
    def __init__(self, begin, end, hosts, seed=0):
        self.begin, self.end, self.hosts = utc(begin), utc(end), hosts
        self.dice = random.Random(seed)
        self.happened, self.lines = [], {'app': [], 'access': [], 'syslog': []}

    def ahead(self, host):
        return timedelta(milliseconds=self.hosts.get(host, {}).get('clock_ahead_ms', 0))

    def _note(self, time, source, host, severity, message, count=1):
        self.happened.extend([(time, source, host, message, -SEVERITIES.index(severity))] * count)

    def app(self, time, host, severity, message, style=None, level=None, more=''):
        """Something an application logged at a true time."""
        dice, clock = self.dice, time + self.ahead(host)
        style = dice.choice(['Z', 'ms', '+', '-', 'ns']) if style is None else style
        if style == 'ms':
            ts = int((clock - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1))
        else:
            offset = {'Z': 0, 'ns': 120, '+': dice.choice([60, 330, 840]), '-': -dice.choice([60, 210, 720])}[style]
            local = clock.astimezone(timezone(timedelta(minutes=offset)))
            milliseconds = f'{local.microsecond // 1000:03}'
            fraction = '.' + milliseconds + {'ns': '999999', '-': '9'}.get(style, '')
            if milliseconds == '000' and style in 'Z+':
                fraction = ''
            elif milliseconds.endswith('00') and style == 'Z':
                fraction = '.' + milliseconds[0]
            zone = 'Z' if style == 'Z' else local.strftime('%z')[:3] + ':' + local.strftime('%z')[3:]
            ts = local.strftime('%Y-%m-%dT%H:%M:%S') + fraction + zone
        names = {'warn': ['warn', 'WARNING', 'Warn'], 'error': ['error', 'ERR', 'Error'], 'fatal': ['FATAL', 'critical'], 'info': ['info', 'INFO'], 'debug': ['debug']}
        line = {'ts': ts, 'host': host, 'level': level or dice.choice(names[severity]), 'msg': message + more, 'pid': 7}
        self.lines['app'].append(json.dumps(line))
        self._note(time, 'app', host, severity, message)

    def access(self, clock, host, method, path, status, offset=60, query='', user='-', agent='Mozilla/5.0'):
        """A request, at the whole second that the host's clock showed (UTC)."""
        local = clock.astimezone(timezone(timedelta(minutes=offset)))
        time = f'{local.day:02}/{MONTHS[local.month - 1]}/{local:%Y:%H:%M:%S %z}'
        size = '-' if status == 304 else str(self.dice.randint(0, 9999))
        agent = agent.replace('"', '\\"')
        self.lines['access'].append(
            f'{host} 203.0.113.{self.dice.randint(1, 254)} - {user} [{time}] "{method} {path}{query} HTTP/1.1" {status} {size} "-" "{agent}"')
        severity = 'error' if status >= 500 else 'warn' if status == 429 else 'info'
        self._note(clock - self.ahead(host), 'access', host, severity, f'{method} {path} {status}')

    def syslog(self, clock, host, priority, program, text, repeated=0, pid=312):
        """A line of a listed host, at the whole second that its clock showed (UTC)."""
        local = clock + timedelta(minutes=self.hosts[host]['utc_offset_minutes'])
        tag = f'{program}[{pid}]' if pid else program
        said = f'message repeated {repeated} times: [ {text}]' if repeated else text
        self.lines['syslog'].append(f'<{priority}>{MONTHS[local.month - 1]} {local.day:2} {local:%H:%M:%S} {host} {tag}: {said}')
        severity = ('fatal', 'fatal', 'fatal', 'error', 'warn', 'info', 'info', 'debug')[priority % 8]
        self._note(clock - self.ahead(host), 'syslog', host, severity, f'{program}: {text}', repeated or 1)

    def raw(self, source, *lines):
        """Lines that cannot be read; blank ones are only to be counted."""
        self.lines[source].extend('\0' + line for line in lines)

    def shuffle(self):
        for lines in self.lines.values():
            self.dice.shuffle(lines)
        return self

    def files(self, endings=('\n',)):
        files = {'incident.json': json.dumps({'from': f'{self.begin:%Y-%m-%dT%H:%M:%SZ}', 'to': f'{self.end:%Y-%m-%dT%H:%M:%SZ}', 'hosts': self.hosts})}
        for number, (source, lines) in enumerate(self.lines.items()):
            if lines:
                files[FILES[source]] = ''.join(line.lstrip('\0') + endings[number % len(endings)] for line in lines)
        return files

    def timeline(self):
        inside = sorted(one for one in self.happened if self.begin <= one[0] < self.end)
        totals = {'occurrences': len(self.happened), 'outside': len(self.happened) - len(inside)}
        totals.update({severity: sum(-one[4] == rank for one in inside) for rank, severity in enumerate(SEVERITIES)})
        rejected = [{'file': FILES[source], 'line': number} for source, lines in self.lines.items()
                    for number, line in enumerate(lines, 1) if line.startswith('\0') and line.strip('\0 \t')]
        return {
            'window': {'from': stamp(self.begin), 'to': stamp(self.end)},
            'totals': totals,
            'entries': self._entries([one for one in inside if -one[4] >= 2]),
            'incidents': self._incidents([one for one in inside if -one[4] >= 3]),
            'rejected': sorted(rejected, key=lambda line: (line['file'], line['line'])),
        }

    def _entries(self, occurrences):
        entries, current = [], {}
        for one in occurrences:
            time, source, host, message, rank = one
            entry = current.get(one[1:])
            if entry is None or time - entry['until'] > timedelta(seconds=60):
                entry = current[one[1:]] = {'since': time, 'count': 0, 'source': source, 'host': host,
                                            'severity': SEVERITIES[-rank], 'message': message}
                entries.append(entry)
            entry['until'] = time
            entry['count'] += 1
        for entry in entries:
            entry['first'], entry['last'] = stamp(entry.pop('since')), stamp(entry.pop('until'))
        return entries

    def _incidents(self, occurrences):
        groups = []
        for one in occurrences:
            if not groups or one[0] - groups[-1][-1][0] > timedelta(seconds=300):
                groups.append([])
            groups[-1].append(one)
        return [{
            'started': stamp(group[0][0]), 'ended': stamp(group[-1][0]), 'occurrences': len(group),
            'worst': SEVERITIES[-min(one[4] for one in group)], 'hosts': sorted({one[2] for one in group}), 'trigger': group[0][3],
        } for group in groups if len(group) >= 5]
