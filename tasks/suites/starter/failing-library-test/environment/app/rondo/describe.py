"""From rules back to text, such that `parse(describe(rule)) == rule`."""

from .dates import WEEKDAYS
from .parse import ORDINALS


def describe(rule):
    words = ['every', rule.unit] if rule.every == 1 else ['every', str(rule.every), rule.unit + 's']
    if rule.unit == 'week':
        words += ['on', ', '.join(WEEKDAYS[number] for number in rule.weekdays)]
    if rule.ordinal:
        nth, weekday = rule.ordinal
        names = {number: name for name, number in ORDINALS.items()}
        words += ['on the', names[nth], WEEKDAYS[weekday]]
    words += ['from', rule.start.isoformat()]
    if rule.until:
        words += ['until', rule.until.isoformat()]
    if rule.count:
        words += ['for', str(rule.count), 'time' if rule.count == 1 else 'times']
    return ' '.join(words)
