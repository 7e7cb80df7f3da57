"""The dates of a rule, each computed from the start and the number of steps, never from a neighbour."""

from datetime import date, timedelta
from itertools import count

from .dates import monday_of, nth_weekday, same_day, shift_months


def _step(rule, number):
    """The dates that the step of that number (from 0) may yield, in order.

    Raises OverflowError where the calendar ends.
    """
    distance = number * rule.every
    if rule.unit == 'day':
        return [rule.start + timedelta(days=distance)]
    if rule.unit == 'week':
        return _week(rule, monday_of(rule.start), 7 * distance)
    if rule.unit == 'year':
        return [same_day(rule.start, rule.start.year + distance)]
    if not rule.ordinal:
        return [shift_months(rule.start, distance)]
    month = shift_months(rule.start.replace(day=1), distance)
    day = nth_weekday(month.year, month.month, *rule.ordinal)
    return [day] if day else []


def _week(rule, monday, days):
    """The named weekdays of one week; the last week of the calendar is cut short."""
    left = (date.max - monday).days - days
    if left < min(rule.weekdays):
        raise OverflowError('date value out of range')
    return [monday + timedelta(days=days + weekday) for weekday in rule.weekdays if weekday <= left]


def _endless(rule):
    try:
        for number in count():
            yield from (day for day in _step(rule, number) if day >= rule.start)
    except OverflowError:
        return


def occurrences(rule):
    """The dates of a rule, in order, from its first."""
    for number, day in enumerate(_endless(rule)):
        if rule.until is not None and day > rule.until:
            return
        if rule.count is not None and number == rule.count:
            return
        yield day
