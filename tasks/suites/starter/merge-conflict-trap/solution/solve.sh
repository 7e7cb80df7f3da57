#!/bin/bash
set -eu
cd /app
cp -r /solution/tree/. .
git add -A
git commit -q -F - <<'MESSAGE'
Merge branch 'bulky-goods'

Both branches changed a unit for the whole tool, and each brought code that knew only its own:
- weights are grams (main), so volumes and consignments count in grams;
- rates are fractions (bulky-goods), so the ferry and the profiles take fuel as a fraction.
MESSAGE
