"""Judges rondo against a day-by-day reading of its README, with rules that its own suite never had."""

import calendar
import hashlib
import json
import sys
from datetime import date, timedelta

sys.path.insert(0, '/tests')

from verify import Verifier, as_dev, expect  # noqa: E402

DAY = timedelta(days=1)

# Runs as `dev`: reads questions, asks the library, prints its answers. It holds no expected values.
DRIVER = r'''
import json, sys
sys.path.insert(0, '/app')
questions = json.load(sys.stdin)
from datetime import date
from itertools import islice
from rondo import Diary, Series, parse, describe

def day(text):
    return date.fromisoformat(text)

def answer(question):
    if question['ask'] == 'describe':
        return describe(parse(question['rule']))
    if question['ask'] == 'refuse':
        try:
            parse(question['rule'])
        except ValueError as error:
            return type(error).__name__
        return 'accepted'
    if question['ask'] == 'diary':
        diary = Diary()
        for title, rule in question['series']:
            diary.add(title, Series(parse(rule)))
        first, last = day(question['first']), day(question['last'])
        coming = diary.next_after(first)
        return {
            'agenda': [[str(found), title] for found, title in diary.agenda(first, last)],
            'clashes': {str(found): titles for found, titles in diary.clashes(first, last).items()},
            'next': [str(coming[0]), coming[1]] if coming else None,
        }
    series = Series(parse(question['rule']), skip=[day(text) for text in question.get('skip', [])])
    if question['ask'] == 'iterate':
        return [str(found) for found in islice(iter(series), question['limit'])]
    if question['ask'] == 'between':
        return [str(found) for found in series.between(day(question['first']), day(question['last']))]
    if question['ask'] == 'next':
        found = series.next_after(day(question['day']))
        return str(found) if found else None
    if question['ask'] == 'number':
        return series.number(day(question['day']))
    if question['ask'] == 'in':
        return day(question['day']) in series

answers = []
for question in questions:
    try:
        answers.append(answer(question))
    except Exception as error:
        answers.append('raised ' + type(error).__name__ + ': ' + str(error))
print('\n' + json.dumps(answers))
'''


class Rule:
    """The README, read one day at a time: independent of how any library walks."""

    def __init__(self, text, start, unit, every=1, weekdays=(), ordinal=None, until=None, count=None):
        self.text, self.start, self.unit, self.every = text, date.fromisoformat(start), unit, every
        self.weekdays, self.ordinal, self.count = weekdays or (self.start.weekday(),), ordinal, count
        self.until = date.fromisoformat(until) if until else None
        self._dates, self._next = [], self.start

    def falls_on(self, day):
        start = self.start
        months = (day.year - start.year) * 12 + day.month - start.month
        if self.unit == 'day':
            return (day - start).days % self.every == 0
        if self.unit == 'week':
            weeks = ((day - timedelta(day.weekday())) - (start - timedelta(start.weekday()))).days // 7
            return day.weekday() in self.weekdays and weeks % self.every == 0
        length = calendar.monthrange(day.year, day.month)[1]
        if self.ordinal:
            nth, weekday = self.ordinal
            place = day.day + 7 > length if nth == -1 else (day.day - 1) // 7 + 1 == nth
            return months % self.every == 0 and day.weekday() == weekday and place
        if self.unit == 'month':
            return months % self.every == 0 and day.day == min(start.day, length)
        return months % (12 * self.every) == 0 and day.day == min(start.day, length)

    def dates(self, last):
        """Every date of the rule up to `last`, before skipping."""
        while self._next <= last and (self.until is None or self._next <= self.until):
            if self.falls_on(self._next) and (self.count is None or len(self._dates) < self.count):
                self._dates.append(self._next)
            self._next += DAY
        return [found for found in self._dates if found <= last]


MON, TUE, WED, THU, FRI, SAT, SUN = range(7)
SOON = 1500  # days after a start that the questions look at


class Questions:
    """Gathers questions with their answers under the name of the check they belong to."""

    def __init__(self):
        self.asked, self.expected, self.groups = [], [], {}

    def add(self, group, question, expected):
        self.groups.setdefault(group, []).append(len(self.asked))
        self.asked.append(question)
        self.expected.append(expected)

    def iterate(self, group, rule, limit=24, skip=()):
        dates = [found for found in rule.dates(rule.start + SOON * DAY) if str(found) not in skip]
        self.add(group, {'ask': 'iterate', 'rule': rule.text, 'limit': min(limit, len(dates)), 'skip': list(skip)},
                 [str(found) for found in dates[:limit]])

    def between(self, group, rule, offset, length, skip=()):
        first = rule.start + offset * DAY
        last = first + length * DAY
        dates = [str(found) for found in rule.dates(last) if found >= first and str(found) not in skip]
        self.add(group, {'ask': 'between', 'rule': rule.text, 'first': str(first), 'last': str(last), 'skip': list(skip)},
                 dates)

    def next(self, group, rule, offset, skip=(), reach=800):
        day = rule.start + offset * DAY
        coming = [str(found) for found in rule.dates(day + reach * DAY) if found > day and str(found) not in skip]
        self.add(group, {'ask': 'next', 'rule': rule.text, 'day': str(day), 'skip': list(skip)}, coming[0] if coming else None)

    def number(self, group, rule, place, skip=()):
        """The number of the place-th date (from 1), and of a day beside it, which has none."""
        dates = rule.dates(rule.start + SOON * DAY)
        day = dates[place - 1]
        self.add(group, {'ask': 'number', 'rule': rule.text, 'day': str(day), 'skip': list(skip)},
                 None if str(day) in skip else place)
        beside = day + DAY
        if beside not in rule.dates(beside):
            self.add(group, {'ask': 'number', 'rule': rule.text, 'day': str(beside), 'skip': list(skip)}, None)

    def contains(self, group, rule, day, skip=()):
        found = day not in skip and date.fromisoformat(day) in rule.dates(date.fromisoformat(day))
        self.add(group, {'ask': 'in', 'rule': rule.text, 'day': day, 'skip': list(skip)}, found)


def months(questions):
    group = 'short-months-leave-no-trace'
    for text, start, every in (
        ('every month from 2023-01-31', '2023-01-31', 1),
        ('every month from 2022-11-30', '2022-11-30', 1),
        ('every 3 months from 2023-08-31', '2023-08-31', 3),
        ('every 5 months from 2023-12-29', '2023-12-29', 5),
    ):
        rule = Rule(text, start, 'month', every)
        questions.iterate(group, rule)
        for offset in (28, 59, 150, 400, 760):
            questions.between(group, rule, offset, 430)
            questions.next(group, rule, offset)


def years(questions):
    group = 'leap-days-come-back'
    for text, start, every in (
        ('every year from 2020-02-29', '2020-02-29', 1),
        ('every 2 years from 2016-02-29', '2016-02-29', 2),
    ):
        rule = Rule(text, start, 'year', every)
        for offset in (1, 300, 366, 900):
            questions.between(group, rule, offset, 2000)
        questions.next(group, rule, 1461 - 20)


def weeks(questions):
    group = 'weeks-are-counted-from-the-first'
    for text, start, every, weekdays in (
        ('every 2 weeks on mon, thu from 2024-01-03', '2024-01-03', 2, (MON, THU)),
        ('every 3 weeks on sun, tue from 2024-05-10', '2024-05-10', 3, (TUE, SUN)),
        ('every 2 weeks on fri, mon, wed from 2023-12-31', '2023-12-31', 2, (MON, WED, FRI)),
    ):
        rule = Rule(text, start, 'week', every, weekdays)
        questions.iterate(group, rule)
        questions.between(group, rule, 0, 60)
        questions.next(group, rule, 0)


def windows(questions):
    group = 'windows-do-not-move-a-series'
    for rule in (
        Rule('every 2 weeks from 2024-01-01', '2024-01-01', 'week', 2),
        Rule('every 4 weeks on mon, fri from 2024-02-05', '2024-02-05', 'week', 4, (MON, FRI)),
        Rule('every 3 months on the 1st mon from 2024-01-01', '2024-01-01', 'month', 3, ordinal=(1, MON)),
        Rule('every 2 months on the last fri from 2023-11-01', '2023-11-01', 'month', 2, ordinal=(-1, FRI)),
        Rule('every 3 weeks from 2024-06-16 until 2024-10-30', '2024-06-16', 'week', 3, until='2024-10-30'),
    ):
        for offset in (-40, 1, 8, 17, 36, 75, 122, 400):
            questions.between(group, rule, offset, 190)
            questions.next(group, rule, max(offset, 0))
    rule = Rule('every 2 weeks from 2024-01-01', '2024-01-01', 'week', 2)
    for day in ('2024-01-08', '2024-01-15', '2024-03-04', '2024-03-11'):
        questions.contains(group, rule, day)


def counts(questions):
    group = 'counts-begin-at-the-start'
    for rule in (
        Rule('every day from 2024-03-01 for 5 times', '2024-03-01', 'day', count=5),
        Rule('every 10 days from 2024-03-01 for 7 times', '2024-03-01', 'day', 10, count=7),
        Rule('every week on tue, thu from 2024-03-05 for 5 times', '2024-03-05', 'week', 1, (TUE, THU), count=5),
        Rule('every week on tue, thu from 2024-03-07 for 4 times', '2024-03-07', 'week', 1, (TUE, THU), count=4),
        Rule('every month from 2024-01-15 for 4 times', '2024-01-15', 'month', count=4),
        Rule('every year from 2020-07-01 for 2 times', '2020-07-01', 'year', count=2),
    ):
        for offset in (0, 3, 16, 45, 120, 500):
            questions.between(group, rule, offset, 370)
        questions.next(group, rule, 2)
        questions.next(group, rule, 1000)
    rule = Rule('every day from 2024-03-01 for 5 times', '2024-03-01', 'day', count=5)
    skip = ('2024-03-02', '2024-03-05')
    questions.iterate(group, rule, skip=skip)
    questions.between(group, rule, 2, 30, skip=skip)
    questions.next(group, rule, 3, skip=skip)
    for day in ('2024-03-05', '2024-03-06', '2025-01-01'):
        questions.contains(group, rule, day)
    for day in ('2024-03-01', '2024-03-02', '2024-03-05'):
        questions.contains(group, rule, day, skip=skip)


def ordinals(questions):
    group = 'missing-ordinals-keep-the-rhythm'
    for text, start, every, ordinal in (
        ('every 2 months on the 5th fri from 2024-01-01', '2024-01-01', 2, (5, FRI)),
        ('every 3 months on the 5th mon from 2023-02-10', '2023-02-10', 3, (5, MON)),
        ('every 6 months on the 5th sun from 2024-04-01', '2024-04-01', 6, (5, SUN)),
    ):
        rule = Rule(text, start, 'month', every, ordinal=ordinal)
        questions.iterate(group, rule, limit=8)
        for offset in (0, 95, 200):
            questions.between(group, rule, offset, 1100)
        questions.next(group, rule, 100, reach=1400)


def numbers(questions):
    group = 'numbers-are-places-in-the-rule'
    for rule in (
        Rule('every month on the 5th wed from 2024-01-01', '2024-01-01', 'month', ordinal=(5, WED)),
        Rule('every month on the 1st mon from 2024-01-20', '2024-01-20', 'month', ordinal=(1, MON)),
        Rule('every 2 weeks on mon, thu from 2024-01-03', '2024-01-03', 'week', 2, (MON, THU)),
    ):
        for place in (1, 2, 3, 6, 9):
            questions.number(group, rule, place)
    rule = Rule('every 2 weeks from 2024-01-03', '2024-01-03', 'week', 2)
    for place in (2, 5, 11):
        questions.number(group, rule, place, skip=('2024-01-17', '2024-01-31'))
    questions.number(group, Rule('every month from 2024-01-31', '2024-01-31', 'month'), 5)


def diaries(questions):
    group = 'diaries-agree-with-their-series'
    for series, first, last in (
        ((('rent', Rule('every month from 2023-10-31', '2023-10-31', 'month')),
          ('retro', Rule('every 2 weeks on fri from 2024-01-05', '2024-01-05', 'week', 2, (FRI,))),
          ('audit', Rule('every 3 months on the last fri from 2023-12-01', '2023-12-01', 'month', 3, ordinal=(-1, FRI)))),
         '2024-02-12', '2024-09-30'),
        ((('course', Rule('every week on wed from 2024-03-06 for 4 times', '2024-03-06', 'week', 1, (WED,), count=4)),
          ('birthday', Rule('every year from 2020-02-29', '2020-02-29', 'year')),
          ('bins', Rule('every 2 weeks from 2024-03-06', '2024-03-06', 'week', 2))),
         '2024-03-15', '2024-12-31'),
    ):
        start, end = date.fromisoformat(first), date.fromisoformat(last)
        agenda = sorted((str(day), title) for title, rule in series for day in rule.dates(end) if day >= start)
        titles = {}
        for day, title in agenda:
            titles.setdefault(day, []).append(title)
        coming = sorted((str(day), title) for title, rule in series for day in rule.dates(end) if day > start)
        questions.add(group, {
            'ask': 'diary', 'series': [[title, rule.text] for title, rule in series], 'first': first, 'last': last,
        }, {
            'agenda': [list(line) for line in agenda],
            'clashes': {day: names for day, names in titles.items() if len(names) > 1},
            'next': [coming[0][0], [title for day, title in coming if day == coming[0][0]]],
        })


def already_right(questions):
    """What worked before the first fix."""
    group = 'what-worked-still-works'
    for rule in (
        Rule('every 3 days from 2024-01-01', '2024-01-01', 'day', 3),
        Rule('every week on mon, sat from 2024-01-01', '2024-01-01', 'week', 1, (MON, SAT)),
        Rule('every week from 2024-02-07 until 2024-04-24', '2024-02-07', 'week', until='2024-04-24'),
        Rule('every 2 months from 2024-01-15', '2024-01-15', 'month', 2),
        Rule('every month on the 2nd tue from 2024-01-09', '2024-01-09', 'month', ordinal=(2, TUE)),
        Rule('every 4 years from 2012-02-29', '2012-02-29', 'year', 4),
    ):
        questions.iterate(group, rule, limit=12)
        questions.between(group, rule, 30, 70)
        questions.next(group, rule, 44, reach=1500)
        questions.number(group, rule, 2)
    questions.add(group, {'ask': 'iterate', 'rule': 'every year from 9997-05-05', 'limit': 9},
                  ['9997-05-05', '9998-05-05', '9999-05-05'])
    # the calendar ends on a Friday, in the middle of a week
    questions.add(group, {'ask': 'iterate', 'rule': 'every week on mon, sun from 9999-12-13', 'limit': 9},
                  ['9999-12-13', '9999-12-19', '9999-12-20', '9999-12-26', '9999-12-27'])
    questions.add(group, {'ask': 'next', 'rule': 'every 2 days from 9999-12-30', 'day': '9999-12-30'}, None)
    for text in ('every day from 2024-01-01 for 1 time', 'every 2 weeks on mon, thu from 2024-01-01',
                 'every month on the last tue from 2024-01-09', 'every 4 years from 2024-02-29 until 2060-01-01'):
        questions.add(group, {'ask': 'describe', 'rule': text}, text)
    for text, kind in (('every day from 2024-13-01', 'ParseError'), ('every week on foo from 2024-01-01', 'ParseError'),
                       ('every 0 weeks from 2024-01-01', 'RuleError')):
        questions.add(group, {'ask': 'refuse', 'rule': text}, kind)


SUITE = {
    'tests/__init__.py': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    'tests/test_dates.py': '65d7266d0037016a73cd2286f8568dbe05a2bb2639bc7628e2f436e7b34589a6',
    'tests/test_diary.py': 'dac7b61c03a0b7c4ec9a791df8717775f2e3853a87ec6315a721f4ce24615496',
    'tests/test_parse.py': 'a55767cfc037ad3f4757df3453a4a30d8f3c24243aea08be4a9472a2c92c5e5e',
    'tests/test_series.py': '4da06df2a05909a4d1678c0f9298fe9e7698f78cd57e49008b4fbb06494dbf05',
}


def suite_untouched():
    for path, digest in SUITE.items():
        with open('/app/' + path, 'rb') as file:
            expect(hashlib.sha256(file.read()).hexdigest() == digest, f'{path} is not the file it was')


def main():
    verifier = Verifier()
    questions = Questions()
    for ask in (months, years, weeks, windows, counts, ordinals, numbers, diaries, already_right):
        ask(questions)
    answers = []

    def ask_all():
        done = as_dev(['/usr/bin/python3', '-B', '-c', DRIVER], stdin=json.dumps(questions.asked))
        answers.extend(json.loads(done.ok().stdout.splitlines()[-1]))  # above it may be prints of the library
        expect(len(answers) == len(questions.asked), 'not every question was answered')

    def group_is_right(group):
        for index in questions.groups[group]:
            got, expected = answers[index], questions.expected[index]
            expect(got == expected, f'{questions.asked[index]}: expected {expected}, got {got}')

    verifier.guard('tests-untouched', suite_untouched)
    verifier.guard('library-answers', ask_all)
    verifier.guard('what-worked-still-works', lambda: group_is_right('what-worked-still-works'))
    for group, points in (
        ('short-months-leave-no-trace', 3),
        ('leap-days-come-back', 2),
        ('weeks-are-counted-from-the-first', 3),
        ('windows-do-not-move-a-series', 3),
        ('counts-begin-at-the-start', 3),
        ('missing-ordinals-keep-the-rhythm', 2),
        ('numbers-are-places-in-the-rule', 2),
        ('diaries-agree-with-their-series', 2),
    ):
        verifier.check(group, points, lambda group=group: group_is_right(group))
    verifier.finish()


main()
