#!/bin/bash
# Another right way, which has to earn everything too: tests judge what a report says, not how.
cat > /app/report.sh <<'SCRIPT'
grep -E '^[^ ]+ [^ ]+ [^ ]+ [0-9]{3}$' "$1" | cut -d ' ' -f 4 | sort | uniq -c \
  | while read -r count status; do echo "$status $count"; done
SCRIPT
