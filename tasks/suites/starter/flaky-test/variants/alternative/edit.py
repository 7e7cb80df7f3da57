"""Replaces texts in files, each of which must be there."""


def edit(path, *pairs):
    with open(path) as file:
        text = file.read()
    for old, new in pairs:
        assert old in text, f'{path}: {old}'
        text = text.replace(old, new)
    with open(path, 'w') as file:
        file.write(text)


edit('standup/days.py',
     ('from datetime import datetime, timedelta', 'import calendar\nimport time\nfrom datetime import datetime, timedelta, timezone'),
     ('    return datetime.fromisoformat(text).timestamp()',
      '    moment = datetime.fromisoformat(text)\n    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()'),
     ('datetime.fromtimestamp(at).date()', '(datetime(1970, 1, 1) + timedelta(seconds=at)).date()'),
     ('    now = datetime.now().timestamp()\n', '    now = time.time()\n'),
     ('    return day.replace(month=day.month - 1)',
      '    year, month = (day.year, day.month - 1) if day.month > 1 else (day.year - 1, 12)\n'
      '    return day.replace(year, month, min(day.day, calendar.monthrange(year, month)[1]))'))
edit('standup/ranking.py',
     ('"""Who was busy, and what they did last."""\n', '"""Who was busy, and what they did last."""\n\nfrom collections import Counter\n'),
     ('    people = {event.who for event in events}\n', ''),
     ('    totals = [(who, sum(event.who == who for event in events)) for who in people]\n'
      '    totals.sort(key=lambda total: total[1], reverse=True)\n    return totals[:count]',
      '    by_name = sorted(event.who for event in events)\n    return Counter(by_name).most_common(count)'))
edit('standup/shards.py', ('    return hash(name) % count', '    return binascii.crc32(name.encode("utf-8")) % count'),
     ('def shard_of', 'import binascii\n\n\ndef shard_of'))
edit('standup/roster.py', ('    aliases = {}\n', '    def __init__(self, aliases=()):\n        self._aliases = dict(aliases)\n'),
     ('self.aliases[', 'self._aliases['), ('in self.aliases', 'in self._aliases'))
edit('standup/report.py', ("', '.join({event.project for event in recent})", "', '.join(dict.fromkeys(sorted(event.project for event in recent)))"))

edit('tests/test_days.py',
     ('import unittest\n', 'import unittest\nfrom unittest import mock\n'),
     ('from datetime import date, datetime, timedelta\n', 'from datetime import date, timedelta\n'),
     ('label(day_of(time.time()), date.today())', 'label(day_of(time.time()), date(*time.gmtime()[:3]))'),
     ('        today = date.today()\n        self.assertEqual(label(today.replace(day=today.day - 1), today)',
      '        today = date.today()\n        self.assertEqual(label(today - timedelta(1), today)'),
     ('class DueLabel(unittest.TestCase):\n',
      "@mock.patch('time.time', lambda: 1740830400.0)  # noon of 1 March 2025\nclass DueLabel(unittest.TestCase):\n"),
     ('        due = datetime.now() + timedelta(days=3)\n'
      "        self.assertEqual(due_label(due.timestamp()), f'{due:%a} {due.day} {due:%b}')",
      "        self.assertEqual(due_label(time.time() + 72 * HOUR), 'Tue 4 Mar')"),
     ('        today = date.today()\n        before = one_month_before(today)\n'
      '        self.assertEqual((before.day, before.month), (today.day, today.month - 1))',
      '        for month in range(2, 13):\n'
      '            with self.subTest(month=month):\n'
      '                self.assertEqual(one_month_before(date(2023, month, 28)), date(2023, month - 1, 28))\n'
      '        self.assertEqual(one_month_before(date(2023, 12, 31)), date(2023, 11, 30))'))
edit('tests/test_ranking.py', ('LOG = [', 'EVENTS = ['), ('class Latest(unittest.TestCase):\n', '''class WithLog(unittest.TestCase):
    def setUp(self):
        self.log = list(EVENTS)


class Latest(WithLog):
'''), ('class Top(unittest.TestCase):\n    @classmethod\n    def tearDownClass(cls):\n        del LOG[:]\n\n', 'class Top(WithLog):\n'),
     ('LOG', 'self.log'), ("('cleo', 4)", "('cleo', 3)"))
edit('tests/test_report.py', ("        os.environ['STANDUP_LIMIT'] = '1'\n",
                              "        os.environ['STANDUP_LIMIT'] = '1'\n        self.addCleanup(os.environ.pop, 'STANDUP_LIMIT')\n"))
edit('tests/test_roster.py', ("        roster.add('lady', 'countess')\n",
                              "        roster.add('lady', 'countess')\n        roster.add('countess', 'ada')\n"))
