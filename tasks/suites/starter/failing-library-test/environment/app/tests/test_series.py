import unittest
from datetime import date

from rondo import Series, parse


def days(*texts):
    return [date.fromisoformat(text) for text in texts]


class SeriesTest(unittest.TestCase):
    def test_every_third_day(self):
        series = Series(parse('every 3 days from 2024-01-01'))
        self.assertEqual(series.between(date(2024, 1, 5), date(2024, 1, 12)), days('2024-01-07', '2024-01-10'))
        self.assertEqual(series.next_after(date(2024, 1, 7)), date(2024, 1, 10))

    def test_every_second_week(self):
        series = Series(parse('every 2 weeks on mon, thu from 2024-01-01'))
        self.assertEqual(
            series.between(date(2024, 1, 1), date(2024, 1, 31)),
            days('2024-01-01', '2024-01-04', '2024-01-15', '2024-01-18', '2024-01-29'),
        )

    def test_second_tuesday(self):
        series = Series(parse('every month on the 2nd tue from 2024-01-09'))
        self.assertEqual(
            series.between(date(2024, 2, 1), date(2024, 4, 30)), days('2024-02-13', '2024-03-12', '2024-04-09')
        )
        self.assertEqual(series.number(date(2024, 4, 9)), 4)

    def test_a_series_ends(self):
        self.assertEqual(len(list(Series(parse('every day from 2024-01-01 for 5 times')))), 5)
        self.assertEqual(list(Series(parse('every week from 2024-01-01 until 2024-01-15')))[-1], date(2024, 1, 15))
        self.assertIsNone(Series(parse('every week from 2024-01-01 until 2024-01-15')).next_after(date(2024, 1, 15)))

    def test_skipped_dates_keep_their_numbers(self):
        series = Series(parse('every week from 2024-01-01 for 3 times'), skip=days('2024-01-08'))
        self.assertEqual(list(series), days('2024-01-01', '2024-01-15'))
        self.assertIsNone(series.number(date(2024, 1, 8)))
        self.assertEqual(series.number(date(2024, 1, 15)), 3)

    def test_the_calendar_ends(self):
        self.assertEqual(len(list(Series(parse('every year from 9990-05-05')))), 10)
