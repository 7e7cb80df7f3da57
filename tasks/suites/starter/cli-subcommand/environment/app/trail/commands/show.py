from trail.settings import Setting
from trail.times import moment, parse_moment

SUMMARY = 'Show events, of a user or since a time.'
EXAMPLE = 'trail show --user ada --since 2025-03-12T00:00:00Z access.log'


def time_or_ever(text):
    return parse_moment(text) if text else 0


SETTINGS = [
    Setting('user', '', 'only events of this user', metavar='NAME'),
    Setting('since', '', 'only events from this time on', time_or_ever, 'a time like 2025-03-12T09:30:00Z', 'TIME'),
]


def run(reader, rows, user, since):
    for event in reader:
        if event.at >= since and user in ('', event.user):
            rows.write({'at': moment(event.at), 'user': event.user, 'ip': event.ip,
                        'path': event.path, 'status': event.status})
