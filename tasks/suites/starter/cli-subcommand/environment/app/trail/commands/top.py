import heapq

from trail.settings import Setting, one_of, positive

SUMMARY = 'Show who or what appears most often.'
EXAMPLE = 'trail top --of path --limit 5 access.log'
SETTINGS = [
    Setting('of', 'path', 'what to look at: path, user or ip', one_of('path', 'user', 'ip'), 'path, user or ip', 'FIELD'),
    Setting('limit', '10', 'how many to show', positive, 'a whole number above 0', 'N'),
]


def run(reader, rows, of, limit):
    counts = {}
    for event in reader:
        key = getattr(event, of)
        if key is not None:
            counts[key] = counts.get(key, 0) + 1
    for key, count in heapq.nsmallest(limit, counts.items(), key=lambda item: (-item[1], item[0])):
        rows.write({of: key, 'events': count})
