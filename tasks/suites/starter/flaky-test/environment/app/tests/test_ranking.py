import unittest

from standup.events import Event
from standup.ranking import latest, top

LOG = [
    Event(100, 'bea', 'review', 'barn'),
    Event(200, 'ada', 'commit', 'attic'),
    Event(300, 'bea', 'commit', 'barn'),
    Event(400, 'ada', 'review', 'barn'),
    Event(500, 'cleo', 'commit', 'attic'),
    Event(600, 'cleo', 'deploy', 'attic'),
    Event(700, 'cleo', 'commit', 'cellar'),
]


class Latest(unittest.TestCase):
    def test_every_person_has_one(self):
        self.assertEqual([(event.who, event.at) for event in latest(LOG)], [('ada', 400), ('bea', 300), ('cleo', 700)])

    def test_of_equally_new_ones_the_last(self):
        LOG.append(Event(700, 'cleo', 'undo', 'cellar'))
        self.assertEqual(latest(LOG)[-1].kind, 'undo')

    def test_the_log_need_not_be_in_order(self):
        LOG.reverse()
        self.assertEqual([event.at for event in latest(LOG)], [400, 300, 700])


class Top(unittest.TestCase):
    @classmethod
    def tearDownClass(cls):
        del LOG[:]

    def test_busiest_first(self):
        self.assertEqual(top(LOG, 1), [('cleo', 4)])

    def test_equals_by_name(self):
        self.assertEqual(top(LOG, 3)[1:], [('ada', 2), ('bea', 2)])
