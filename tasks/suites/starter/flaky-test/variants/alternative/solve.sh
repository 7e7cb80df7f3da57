#!/bin/bash
# Other means: the clock is patched rather than passed, fixtures are made anew, months by the calendar.
set -eu
cd /app
python3 /solution/edit.py
