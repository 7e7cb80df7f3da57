"""A rule with the dates on which it does not apply."""

from .steps import occurrences, position


class Series:
    def __init__(self, rule, skip=()):
        self.rule = rule
        self.skip = frozenset(skip)

    def __iter__(self):
        return (day for day in occurrences(self.rule) if day not in self.skip)

    def __contains__(self, day):
        return self.between(day, day) == [day]

    def between(self, first, last):
        """The occurrences from `first` to `last`, both included."""
        found = []
        for day in occurrences(self.rule, near=first):
            if day > last:
                break
            if day not in self.skip:
                found.append(day)
        return found

    def next_after(self, day):
        """The first occurrence strictly after `day`, or None."""
        for candidate in occurrences(self.rule, near=day):
            if candidate > day and candidate not in self.skip:
                return candidate
        return None

    def number(self, day):
        """The place of that occurrence in its rule, from 1; None if there is none on that day."""
        return position(self.rule, day) if day in self else None
