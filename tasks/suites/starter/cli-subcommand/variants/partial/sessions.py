from trail.settings import Setting, one_of, positive
from trail.times import length, moment, parse_length

SUMMARY = 'Show sessions.'
EXAMPLE = 'trail sessions access.log'
SETTINGS = [
    Setting('gap', '30m', 'pause that ends a session', parse_length, 'a length of time', 'DURATION'),
    Setting('min-events', '1', 'smallest session shown', positive, 'a whole number above 0', 'N'),
    Setting('by', 'user', 'user or ip', one_of('user', 'ip'), 'user or ip', 'FIELD'),
]


def run(reader, rows, gap, min_events, by):
    found = {}
    for event in reader:
        who = getattr(event, by)
        if who is None:
            continue
        sessions = found.setdefault(who, [])
        if not sessions or event.at - sessions[-1][-1].at > gap:
            sessions.append([])
        sessions[-1].append(event)
    flat = [(events[-1].at, who, events) for who, sessions in found.items() for events in sessions]
    for end, who, events in sorted(flat, key=lambda one: one[:2]):
        if len(events) >= min_events:
            start = events[0].at
            row = {'who': who, 'start': moment(start), 'end': moment(end), 'events': len(events)}
            if rows.as_json:
                row['duration_s'] = end - start
            else:
                row['duration'] = length(end - start)
            rows.write({**row, 'paths': len({event.path for event in events})})
