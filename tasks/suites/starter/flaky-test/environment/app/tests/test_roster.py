import unittest

from standup.roster import Roster


class Resolve(unittest.TestCase):
    def test_a_name_stands_for_itself(self):
        self.assertEqual(Roster().resolve('countess'), 'countess')

    def test_an_alias_stands_for_its_name(self):
        roster = Roster()
        roster.add('countess', 'ada')
        self.assertEqual(roster.resolve('countess'), 'ada')

    def test_chains_of_aliases(self):
        roster = Roster()
        roster.add('lady', 'countess')
        self.assertEqual(roster.resolve('lady'), 'ada')

    def test_circles_end(self):
        roster = Roster()
        roster.add('ping', 'pong')
        roster.add('pong', 'ping')
        self.assertIn(roster.resolve('ping'), ('ping', 'pong'))
