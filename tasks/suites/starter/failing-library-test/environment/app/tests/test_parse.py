import unittest
from datetime import date

from rondo import ParseError, Rule, RuleError, describe, parse


class Parse(unittest.TestCase):
    def test_plain_steps(self):
        self.assertEqual(parse('every day from 2024-01-01'), Rule(date(2024, 1, 1), 'day'))
        self.assertEqual(
            parse('Every 3  months from 2024-01-31 until 2025-01-31'),
            Rule(date(2024, 1, 31), 'month', 3, until=date(2025, 1, 31)),
        )

    def test_weekdays_are_sorted_and_default_to_the_start(self):
        self.assertEqual(parse('every week on thu, mon from 2024-01-01').weekdays, (0, 3))
        self.assertEqual(parse('every week from 2024-01-03').weekdays, (2,))

    def test_ordinals(self):
        self.assertEqual(parse('every month on the last fri from 2024-01-01').ordinal, (-1, 4))

    def test_nonsense_is_refused(self):
        for text in ('every blue moon', 'every day from 2024-02-30', 'every week on mun from 2024-01-01',
                     'every month on the 6th mon from 2024-01-01'):
            with self.subTest(text), self.assertRaises(ParseError):
                parse(text)
        for text in ('every 0 days from 2024-01-01', 'every day on mon from 2024-01-01',
                     'every day from 2024-01-01 for 0 times'):
            with self.subTest(text), self.assertRaises(RuleError):
                parse(text)

    def test_describing_and_parsing_are_inverse(self):
        for text in ('every day from 2024-01-01 for 1 time', 'every 2 weeks on mon, thu from 2024-01-01',
                     'every month on the 2nd tue from 2024-01-09', 'every 4 years from 2024-02-29 until 2060-01-01'):
            self.assertEqual(describe(parse(text)), text)
