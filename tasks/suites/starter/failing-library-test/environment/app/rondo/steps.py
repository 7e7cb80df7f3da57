"""Walks: the dates of a rule in order, one walk for each unit.

A walk is endless but for the end of the calendar, where it raises OverflowError. It may be told a
day to begin near, which saves the steps before it. What it yields before the start of the rule or
before that day is for the caller to drop.
"""

from datetime import timedelta

from .dates import months_between, nth_weekday, same_day, shift_months


def _days(rule, near):
    day = rule.start
    if near > day:
        day += timedelta(days=(near - day).days // rule.every * rule.every)
    while True:
        yield day
        day += timedelta(days=rule.every)


def _weeks(rule, near):
    first = max(rule.start, near)
    offsets = sorted((weekday - first.weekday()) % 7 for weekday in rule.weekdays)
    while True:
        for offset in offsets:
            yield first + timedelta(days=offset)
        first += timedelta(weeks=rule.every)


def _months(rule, near):
    day = rule.start
    if near > day:
        day = shift_months(day, months_between(day, near) // rule.every * rule.every)
    while True:
        yield day
        day = shift_months(day, rule.every)


def _ordinals(rule, near):
    month = max(rule.start, near).replace(day=1)
    while True:
        day = nth_weekday(month.year, month.month, *rule.ordinal)
        if day is None:
            month = shift_months(month, 1)
            continue
        yield day
        month = shift_months(month, rule.every)


def _years(rule, near):
    day = rule.start
    if near > day:
        day = same_day(day, day.year + (near.year - day.year) // rule.every * rule.every)
    while True:
        yield day
        day = same_day(day, day.year + rule.every)


def walk(rule, near=None):
    walks = {'day': _days, 'week': _weeks, 'month': _months, 'year': _years}
    chosen = _ordinals if rule.ordinal else walks[rule.unit]
    return chosen(rule, near or rule.start)


def occurrences(rule, near=None):
    """The dates of a rule, in order, from its start or from the first one on or after `near`."""
    begin = max(rule.start, near) if near else rule.start
    taken = 0
    try:
        for day in walk(rule, near):
            if day < begin:
                continue
            if rule.until is not None and day > rule.until:
                return
            if rule.count is not None and taken == rule.count:
                return
            taken += 1
            yield day
    except OverflowError:
        return


def position(rule, day):
    """The place of one of the rule's dates in it, the first being 1."""
    if rule.unit == 'day':
        return (day - rule.start).days // rule.every + 1
    if rule.unit == 'week':
        weeks, rest = divmod((day - rule.start).days, 7)
        earlier = [w for w in rule.weekdays if (w - rule.start.weekday()) % 7 <= rest]
        return weeks // rule.every * len(rule.weekdays) + len(earlier)
    if rule.unit == 'month':
        return months_between(rule.start, day) // rule.every + 1
    return (day.year - rule.start.year) // rule.every + 1
