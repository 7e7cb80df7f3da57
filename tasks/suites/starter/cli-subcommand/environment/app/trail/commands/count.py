from trail.settings import Setting, one_of
from trail.times import moment

SUMMARY = 'Count events by hour, by day or by status.'
EXAMPLE = 'trail count --by day access.log'
SETTINGS = [
    Setting('by', 'hour', 'what to count by: hour, day or status', one_of('hour', 'day', 'status'),
            'hour, day or status', 'UNIT'),
]

SIZES = {'hour': 3600, 'day': 86400}


def run(reader, rows, by):
    counts = {}
    for event in reader:
        key = event.status if by == 'status' else event.at - event.at % SIZES[by]
        counts[key] = counts.get(key, 0) + 1
    for key in sorted(counts):
        rows.write({by: key if by == 'status' else moment(key), 'events': counts[key]})
