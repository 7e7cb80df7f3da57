"""A rule with the dates on which it does not apply."""

from itertools import takewhile

from .steps import occurrences


class Series:
    def __init__(self, rule, skip=()):
        self.rule = rule
        self.skip = frozenset(skip)

    def __iter__(self):
        return (day for day in occurrences(self.rule) if day not in self.skip)

    def __contains__(self, day):
        return self.number(day) is not None

    def between(self, first, last):
        """The occurrences from `first` to `last`, both included."""
        return [day for day in takewhile(lambda day: day <= last, self) if day >= first]

    def next_after(self, day):
        """The first occurrence strictly after `day`, or None."""
        return next((candidate for candidate in self if candidate > day), None)

    def number(self, day):
        """The place of that occurrence in its rule, from 1; None if there is none on that day."""
        if day in self.skip:
            return None
        for number, candidate in enumerate(occurrences(self.rule), 1):
            if candidate >= day:
                return number if candidate == day else None
        return None
