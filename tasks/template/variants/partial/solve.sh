#!/bin/bash
# Overlooks that logs may hold damaged lines: earns some, not all.
cat > /app/report.sh <<'SCRIPT'
awk '{ count[$NF]++ } END { for (status in count) print status, count[status] }' "$1" | sort -n
SCRIPT
