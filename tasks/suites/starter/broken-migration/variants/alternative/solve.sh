#!/bin/bash
# Lets SQLite read the script within a transaction; a migration may have a repair in Python beside it.
set -euo pipefail
cp /solution/runner.py /solution/repairs.py /solution/database.py /app/migrator/
cp /solution/0004_addresses_and_cents.sql /app/migrations/
