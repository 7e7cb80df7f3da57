"""From text to rules: `every 2 weeks on mon, thu from 2024-01-01 for 10 times`."""

import re
from datetime import date

from .dates import WEEKDAYS
from .rule import UNITS, Rule

ORDINALS = {'1st': 1, '2nd': 2, '3rd': 3, '4th': 4, '5th': 5, 'last': -1}

PATTERN = re.compile(
    r'every (?:(?P<every>\d+) )?(?P<unit>day|week|month|year)s?'
    r'(?: on the (?P<nth>\w+) (?P<nth_weekday>\w+)| on (?P<weekdays>[\w, ]+?))?'
    r' from (?P<start>\S+)'
    r'(?: until (?P<until>\S+)| for (?P<count>\d+) times?)?'
)


class ParseError(ValueError):
    """Text that is no rule; the message says which part."""


def parse(text):
    """Reads a rule. Raises ParseError, or RuleError where the parts do not fit together."""
    match = PATTERN.fullmatch(' '.join(text.lower().split()))
    if not match:
        raise ParseError(f'not a rule: {text!r}')
    part = match.groupdict()
    assert part['unit'] in UNITS
    return Rule(
        start=_date(part['start']),
        unit=part['unit'],
        every=int(part['every'] or 1),
        weekdays=_weekdays(part['weekdays']),
        ordinal=_ordinal(part['nth'], part['nth_weekday']),
        until=_date(part['until']) if part['until'] else None,
        count=int(part['count']) if part['count'] else None,
    )


def _date(text):
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ParseError(f'not a date: {text!r}') from None


def _weekday(text):
    if text not in WEEKDAYS:
        raise ParseError(f'not a weekday: {text!r}')
    return WEEKDAYS.index(text)


def _weekdays(text):
    return tuple(_weekday(name) for name in re.split(r'[, ]+', text)) if text else ()


def _ordinal(nth, weekday):
    if nth is None:
        return None
    if nth not in ORDINALS:
        raise ParseError(f'not an ordinal: {nth!r}')
    return ORDINALS[nth], _weekday(weekday)
