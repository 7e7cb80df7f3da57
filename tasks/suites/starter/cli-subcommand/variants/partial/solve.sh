#!/bin/bash
# Right numbers, but all at the end, out of memory on large logs, and blind to the order of events.
set -eu
cp /solution/sessions.py /app/trail/commands/sessions.py
cd /app
sed -i 's/import count, show, top/import count, sessions, show, top/; s/^COMMANDS = .*/COMMANDS = {"count": count, "sessions": sessions, "show": show, "top": top}/' trail/commands/__init__.py
