#!/bin/bash
# The reference: earns everything.
cat > /app/report.sh <<'SCRIPT'
awk 'NF == 4 && $4 ~ /^[0-9][0-9][0-9]$/ && !/  |^ | $/ { count[$4]++ }
  END { for (status in count) print status, count[status] }' "$1" | sort -n
SCRIPT
