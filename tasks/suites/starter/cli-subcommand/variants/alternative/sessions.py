from collections import OrderedDict
from itertools import takewhile

from trail.settings import Setting, one_of, positive
from trail.times import length, moment, parse_length

SUMMARY = 'Show the sessions of visitors.'
EXAMPLE = 'tail -f access.log | trail sessions --min-events 2'


def above_nothing(text):
    return parse_length(text) or positive('0')


SETTINGS = [
    Setting('by', 'user', 'user or ip', one_of('user', 'ip'), 'user or ip', 'user|ip'),
    Setting('gap', '30m', 'pause that ends a session', above_nothing, 'a length of time such as 30m', 'DURATION'),
    Setting('min-events', '1', 'smallest session shown', positive, 'a whole number above 0', 'N'),
]


def run(reader, rows, by, gap, min_events):
    going = OrderedDict()  # who: [start, end, events, paths], last seen last

    def close(due):
        for end, who in sorted((session[1], who) for who, session in due):
            start, _, events, paths = going.pop(who)
            if events >= min_events:
                duration = end - start
                rows.write({'who': who, 'start': moment(start), 'end': moment(end), 'events': events,
                            **({'duration_s': duration} if rows.as_json else {'duration': length(duration)}),
                            'paths': len(paths)}, at_once=True)

    now = None
    for event in reader:
        if now is not None and event.at < now:
            reader.reject(event.where, 'out of order')
        else:
            now = event.at
            close(list(takewhile(lambda item: item[1][1] + gap < now, going.items())))
            who = event.user if by == 'user' else event.ip
            if who is None:
                continue
            session = going.setdefault(who, [now, now, 0, set()])
            session[1:3] = now, session[2] + 1
            session[3].add(event.path)
            going.move_to_end(who)
    close(list(going.items()))
