"""Reads events, one at a time."""

import json
import sys
from dataclasses import dataclass

from trail.errors import InputError
from trail.times import parse_moment


@dataclass(frozen=True, slots=True)
class Event:
    at: int
    user: str | None
    ip: str
    path: str
    status: int
    where: str


class Reader:
    """The events of some files. Iterate over it once."""

    def __init__(self, names, lenient):
        self.names, self.lenient, self.rejected = names or ['-'], lenient, 0

    def __iter__(self):
        for name in self.names:
            try:
                with sys.stdin if name == '-' else open(name, encoding='utf-8') as lines:
                    for number, line in enumerate(lines, 1):
                        if line.strip():
                            yield from self.event(line, f'{name}:{number}')
            except (OSError, UnicodeDecodeError) as error:
                raise InputError(f'{name}: {getattr(error, "strerror", None) or error}') from None

    def event(self, line, where):
        try:
            entry = json.loads(line)
            event = Event(parse_moment(entry['at']), entry['user'], entry['ip'], entry['path'], entry['status'], where)
        except (ValueError, TypeError):
            self.reject(where, 'not an event')
        except KeyError as missing:
            self.reject(where, f'{missing.args[0]} is missing')
        else:
            yield event

    def reject(self, where, what):
        """A line is wrong: left out when lenient, or else the end."""
        if not self.lenient:
            raise InputError(f'{where}: {what}')
        self.rejected += 1
