"""What recurs, as a value."""

from dataclasses import dataclass
from datetime import date

UNITS = ('day', 'week', 'month', 'year')


class RuleError(ValueError):
    """A rule that cannot mean anything."""


@dataclass(frozen=True)
class Rule:
    """A recurrence.

    start: the day that everything is counted from.
    unit, every: the step, such as every 2 weeks.
    weekdays: for weeks only, 0 for Monday to 6 for Sunday; the weekday of the start when empty.
    ordinal: for months only, (nth, weekday) with nth from 1 to 5, or -1 for the last.
    until: the last day on which it may occur. count: how often it occurs at most. Not both.
    """

    start: date
    unit: str
    every: int = 1
    weekdays: tuple = ()
    ordinal: tuple | None = None
    until: date | None = None
    count: int | None = None

    def __post_init__(self):
        if self.unit not in UNITS:
            raise RuleError(f'unknown unit {self.unit!r}')
        if self.every < 1:
            raise RuleError('the step must be at least 1')
        if self.weekdays and self.unit != 'week':
            raise RuleError('only weeks take weekdays')
        if self.ordinal and self.unit != 'month':
            raise RuleError('only months take an ordinal')
        if self.until is not None and self.count is not None:
            raise RuleError('a rule ends by a day or by a count, not both')
        if self.count is not None and self.count < 1:
            raise RuleError('the count must be at least 1')
        if self.unit == 'week':
            named = self.weekdays or (self.start.weekday(),)
            object.__setattr__(self, 'weekdays', tuple(sorted(set(named))))
