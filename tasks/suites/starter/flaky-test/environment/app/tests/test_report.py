import os
import unittest
from datetime import date

from standup.events import read
from standup.report import limit, report
from standup.roster import Roster

LOG = '''
{"at": "2025-01-31 12:00", "who": "old", "kind": "commit", "project": "attic"}
{"at": "2025-03-11 22:45", "who": "ada", "kind": "commit", "project": "attic"}
{"at": "2025-03-12 08:00", "who": "countess", "kind": "review", "project": "barn"}
{"at": "2025-03-12 00:15", "who": "bea", "kind": "deploy", "project": "barn"}
'''


def events():
    return list(read(LOG.splitlines()))


class Report(unittest.TestCase):
    def test_projects_by_name(self):
        text = report(events(), Roster(), date(2025, 3, 12))
        self.assertIn('\nProjects: attic, barn\n', text)

    def test_the_newest_of_everybody(self):
        text = report(events(), Roster(), date(2025, 3, 12))
        self.assertIn('- ada: commit for attic, yesterday\n', text)
        self.assertIn('- bea: deploy for barn, today\n', text)
        self.assertIn('- countess: review for barn, today\n', text)

    def test_what_is_older_than_a_month_is_left_out(self):
        self.assertNotIn('old', report(events(), Roster(), date(2025, 3, 12)))

    def test_nothing_happened(self):
        self.assertEqual(report([], Roster(), date(2025, 3, 12)), 'Standup for Wed 12 Mar\nNothing happened.\n')

    def test_three_people_are_named(self):
        text = report(events(), Roster(), date(2025, 3, 12))
        self.assertEqual(limit(), 3)
        self.assertEqual(text.count('(1)'), 3)


class Settings(unittest.TestCase):
    def test_the_limit_can_be_set(self):
        os.environ['STANDUP_LIMIT'] = '1'
        self.assertEqual(limit(), 1)
        self.assertEqual(report(events(), Roster(), date(2025, 3, 12)).count('(1)'), 1)
