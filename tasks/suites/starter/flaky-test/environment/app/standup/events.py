import json
from dataclasses import dataclass

from standup.days import parse_when


@dataclass(frozen=True)
class Event:
    """Somebody did something: when in unix seconds, who, what, for which project."""

    at: float
    who: str
    kind: str
    project: str


def read(lines):
    """Events of a log with one JSON object a line; `at` is unix seconds or a time as text."""
    for line in lines:
        if line.strip():
            entry = json.loads(line)
            at = entry['at'] if isinstance(entry['at'], (int, float)) else parse_when(entry['at'])
            yield Event(at, entry['who'], entry['kind'], entry['project'])
