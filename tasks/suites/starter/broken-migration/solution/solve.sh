#!/bin/bash
set -euo pipefail
cp /solution/runner.py /solution/database.py /app/migrator/
cp /solution/0004_addresses_and_cents.sql /app/migrations/
