import unittest
from datetime import date

from rondo.dates import monday_of, months_between, nth_weekday, same_day, shift_months


class Dates(unittest.TestCase):
    def test_shifting_months_keeps_the_day_where_it_exists(self):
        self.assertEqual(shift_months(date(2024, 1, 15), 2), date(2024, 3, 15))
        self.assertEqual(shift_months(date(2024, 11, 30), 3), date(2025, 2, 28))
        self.assertEqual(shift_months(date(2024, 1, 31), -2), date(2023, 11, 30))

    def test_shifting_past_the_calendar_overflows(self):
        with self.assertRaises(OverflowError):
            shift_months(date(9999, 12, 1), 1)

    def test_months_between_ignores_days(self):
        self.assertEqual(months_between(date(2024, 1, 31), date(2025, 2, 1)), 13)

    def test_leap_day_gives_way(self):
        self.assertEqual(same_day(date(2024, 2, 29), 2025), date(2025, 2, 28))
        self.assertEqual(same_day(date(2024, 2, 29), 2028), date(2028, 2, 29))

    def test_weeks_begin_on_monday(self):
        self.assertEqual(monday_of(date(2024, 1, 7)), date(2024, 1, 1))

    def test_nth_weekday(self):
        self.assertEqual(nth_weekday(2024, 5, 2, 1), date(2024, 5, 14))
        self.assertEqual(nth_weekday(2024, 5, -1, 4), date(2024, 5, 31))
        self.assertIsNone(nth_weekday(2024, 6, 5, 4))
