import time
import unittest
from datetime import date, datetime, timedelta

from standup.days import day_of, due_label, label, one_month_before, parse_when

HOUR = 3600


class ParseWhen(unittest.TestCase):
    def test_without_a_zone_it_is_utc(self):
        self.assertEqual(parse_when('2025-03-12 09:30'), 1741771800)

    def test_an_offset_counts(self):
        self.assertEqual(parse_when('2025-03-12T09:30:00+02:00'), 1741771800 - 2 * HOUR)


class DayOf(unittest.TestCase):
    def test_a_day_ends_at_midnight(self):
        midnight = 1741824000
        self.assertEqual(day_of(midnight - 1), date(2025, 3, 12))
        self.assertEqual(day_of(midnight), date(2025, 3, 13))

    def test_now_is_today(self):
        self.assertEqual(label(day_of(time.time()), date.today()), 'today')


class Label(unittest.TestCase):
    def test_yesterday(self):
        today = date.today()
        self.assertEqual(label(today.replace(day=today.day - 1), today), 'yesterday')

    def test_other_days_are_spelled(self):
        self.assertEqual(label(date(2025, 3, 3), date(2025, 3, 12)), 'Mon 3 Mar')

    def test_a_day_ahead_is_spelled(self):
        self.assertEqual(label(date(2025, 3, 13), date(2025, 3, 12)), 'Thu 13 Mar')


class DueLabel(unittest.TestCase):
    def test_in_a_few_hours(self):
        self.assertEqual(due_label(time.time() + 3 * HOUR), 'today')

    def test_tomorrow(self):
        self.assertEqual(due_label(time.time() + 24 * HOUR), 'tomorrow')

    def test_past(self):
        self.assertEqual(due_label(time.time() - 1), 'overdue')

    def test_later_is_spelled(self):
        due = datetime.now() + timedelta(days=3)
        self.assertEqual(due_label(due.timestamp()), f'{due:%a} {due.day} {due:%b}')


class OneMonthBefore(unittest.TestCase):
    def test_the_same_day_of_the_month_before(self):
        today = date.today()
        before = one_month_before(today)
        self.assertEqual((before.day, before.month), (today.day, today.month - 1))

    def test_the_year_stays(self):
        self.assertEqual(one_month_before(date(2025, 5, 20)), date(2025, 4, 20))
