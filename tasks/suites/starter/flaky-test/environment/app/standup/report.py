import os
from dataclasses import replace

from standup.days import day_of, label, one_month_before, spelled
from standup.ranking import latest, top


def limit():
    """How many people the report names."""
    return int(os.environ.get('STANDUP_LIMIT', '3'))


def report(events, roster, today):
    since = one_month_before(today)
    recent = [replace(event, who=roster.resolve(event.who)) for event in events
              if since <= day_of(event.at) <= today]
    lines = [f'Standup for {spelled(today)}']
    if not recent:
        return f'{lines[0]}\nNothing happened.\n'
    lines.append('Busiest: ' + ', '.join(f'{who} ({count})' for who, count in top(recent, limit())))
    lines.append('Projects: ' + ', '.join({event.project for event in recent}))
    for event in latest(recent):
        lines.append(f'- {event.who}: {event.kind} for {event.project}, {label(day_of(event.at), today)}')
    return '\n'.join(lines) + '\n'
