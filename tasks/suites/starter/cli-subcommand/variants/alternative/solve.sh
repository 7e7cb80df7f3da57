#!/bin/bash
# Keeps visitors in the order in which they were last seen; the command prints lengths itself.
set -eu
cp /solution/sessions.py /app/trail/commands/sessions.py
cd /app
sed -i 's/import count, show, top/import count, sessions, show, top/; s/^COMMANDS = .*/COMMANDS = {"count": count, "sessions": sessions, "show": show, "top": top}/' trail/commands/__init__.py
sed -i 's/    def write(self, row):/    def write(self, row, at_once=False):/; s/        self.printed += 1/        if at_once:\n            sys.stdout.flush()\n&/' trail/rows.py
sed -i 's/^| `show`/| `sessions` | who came, when and for how long |\n&/' README.md
