#!/bin/bash
# A right migration 4, with neither an atomic runner, nor a repair, nor the way down.
set -euo pipefail
python3 - <<'PYTHON'
with open('/solution/0004_addresses_and_cents.sql') as file:
    new = file.read()
path = '/app/migrations/0004_addresses_and_cents.sql'
with open(path) as file:
    old = file.read()
with open(path, 'w') as file:
    file.write(new.split('-- down')[0] + '-- down' + old.split('-- down')[1])
PYTHON
