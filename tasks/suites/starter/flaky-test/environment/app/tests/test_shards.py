import unittest

from standup.shards import shard_of

TEAM = ['ada', 'bea', 'cleo', 'dora', 'emil']


class ShardOf(unittest.TestCase):
    def test_shards_are_numbered_from_nought(self):
        for name in TEAM:
            self.assertIn(shard_of(name, 4), range(4))

    def test_a_team_does_not_share_one_shard(self):
        self.assertGreater(len({shard_of(name, 2) for name in TEAM}), 1)

    def test_neighbours_are_kept_apart(self):
        self.assertNotEqual(shard_of('ada', 8), shard_of('emil', 8))
