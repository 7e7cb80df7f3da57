#!/bin/bash
# Cures what hash seeds and the order of tests bring out; leaves zones, clock and calendar.
set -eu
cd /app
sed -i 's/key=lambda total: total\[1\], reverse=True/key=lambda total: (-total[1], total[0])/' standup/ranking.py
sed -i 's/join({event.project for event in recent})/join(sorted({event.project for event in recent}))/' standup/report.py
sed -i 's/hash(name)/zlib.crc32(name.encode())/; 1i import zlib\n\n' standup/shards.py
sed -i 's/^    aliases = {}/    def __init__(self):\n        self.aliases = {}/' standup/roster.py
sed -i "s/^LOG = \[/def log():\n    return [/; s/^]$/    ]\n\n\nLOG = log()/; s/    LOG.append/    LOG = log()\n        LOG.append/; s/    LOG.reverse/    LOG = log()\n        LOG.reverse/; s/('cleo', 4)/('cleo', 3)/; s/        del LOG\[:\]/        pass/" tests/test_ranking.py
sed -i "s/^        os.environ\['STANDUP_LIMIT'\] = '1'/&\n        self.addCleanup(os.environ.pop, 'STANDUP_LIMIT')/" tests/test_report.py
sed -i "s/^        roster.add('lady', 'countess')/        roster.add('countess', 'ada')\n&/" tests/test_roster.py
