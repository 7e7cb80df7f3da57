"""Calendar arithmetic that the standard library leaves to us."""

from calendar import monthrange
from datetime import date, timedelta

WEEKDAYS = ('mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun')


def days_in_month(year, month):
    return monthrange(year, month)[1]


def shift_months(day, months):
    """The same day of the month so many months on, or the last one of a month that is too short.

    Raises OverflowError beyond the year 9999.
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    if year > date.max.year:
        raise OverflowError('date value out of range')
    return date(year, month, min(day.day, days_in_month(year, month)))


def months_between(first, second):
    """Whole calendar months from the month of `first` to that of `second`, whatever the days."""
    return (second.year - first.year) * 12 + second.month - first.month


def same_day(day, year):
    """The day and month of `day` in another year; 29 February gives way to the 28th.

    Raises OverflowError beyond the year 9999.
    """
    if year > date.max.year:
        raise OverflowError('date value out of range')
    return date(year, day.month, min(day.day, days_in_month(year, day.month)))


def monday_of(day):
    return day - timedelta(days=day.weekday())


def nth_weekday(year, month, nth, weekday):
    """The nth such weekday of a month (1 to 5, or -1 for the last), or None if there is none."""
    length = days_in_month(year, month)
    if nth == -1:
        last = date(year, month, length)
        return last - timedelta(days=(last.weekday() - weekday) % 7)
    first = date(year, month, 1)
    number = 1 + (weekday - first.weekday()) % 7 + 7 * (nth - 1)
    return date(year, month, number) if number <= length else None
