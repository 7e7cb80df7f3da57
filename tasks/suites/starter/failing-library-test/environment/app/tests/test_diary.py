import unittest
from datetime import date

from rondo import Diary, Series, parse


class DiaryTest(unittest.TestCase):
    def setUp(self):
        self.diary = Diary()
        self.diary.add('rent', Series(parse('every month from 2024-01-31')))
        self.diary.add('bins', Series(parse('every week on wed from 2024-01-03')))

    def test_agenda_is_sorted(self):
        self.assertEqual(
            self.diary.agenda(date(2024, 1, 24), date(2024, 1, 31)),
            [(date(2024, 1, 24), 'bins'), (date(2024, 1, 31), 'bins'), (date(2024, 1, 31), 'rent')],
        )

    def test_rent_is_due_on_the_last_day_of_every_month(self):
        agenda = self.diary.agenda(date(2024, 1, 1), date(2024, 5, 31))
        self.assertEqual(
            [day for day, title in agenda if title == 'rent'],
            [date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31), date(2024, 4, 30), date(2024, 5, 31)],
        )

    def test_clashes(self):
        self.assertEqual(
            self.diary.clashes(date(2024, 1, 1), date(2024, 1, 31)), {date(2024, 1, 31): ['bins', 'rent']}
        )

    def test_next(self):
        self.assertEqual(self.diary.next_after(date(2024, 1, 30)), (date(2024, 1, 31), ['bins', 'rent']))
        self.assertIsNone(Diary().next_after(date(2024, 1, 1)))
