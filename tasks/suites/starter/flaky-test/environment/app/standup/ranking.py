"""Who was busy, and what they did last."""


def top(events, count):
    people = {event.who for event in events}
    totals = [(who, sum(event.who == who for event in events)) for who in people]
    totals.sort(key=lambda total: total[1], reverse=True)
    return totals[:count]


def latest(events):
    newest = {}
    for event in events:
        if event.who not in newest or event.at >= newest[event.who].at:
            newest[event.who] = event
    return [newest[who] for who in sorted(newest)]
