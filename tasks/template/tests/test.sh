#!/bin/bash
# Judges /app/report.sh on logs that the agent never saw. The script under test runs as dev, who
# can write neither the verdict nor these tests; what is right is known here and not computed from
# anything that the agent could change.
set -u
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
verdicts=/logs/verifier

# A failing verdict comes first, so that a crash of this script can never pass.
mkdir -p "$verdicts"
chmod 700 "$verdicts"
rm -rf "${verdicts:?}"/reward*
echo '{"reward": 0}' > "$verdicts/reward.json"

logs=$(mktemp -d)
chmod 755 "$logs"
checks=()
earned=0
total=0

report() {
  timeout --kill-after=1 5 setpriv --reuid=1000 --regid=1000 --clear-groups \
    env -i "PATH=$PATH" HOME=/home/dev LANG=C.UTF-8 bash /app/report.sh "$1" 2>&1 < /dev/null
}

# check ID POINTS LOG EXPECTED: worth POINTS when the report of LOG is EXPECTED and nothing else.
check() {
  local id=$1 points=$2 actual code verdict=fail
  actual=$(report "$logs/$3" | head -c 2000; exit "${PIPESTATUS[0]}")
  code=$?
  if [ "$code" -eq 0 ] && [ "$actual" = "$4" ]; then
    verdict=pass
    earned=$((earned + points))
  fi
  total=$((total + points))
  local evidence
  evidence=$(printf 'exit %s, expected "%s", got "%s"' "$code" "$4" "$actual" \
    | head -c 400 | tr '\n"' ";'" | tr -c "A-Za-z0-9 .,:;=/'_-" '?')
  checks+=("{\"id\": \"$id\", \"dimension\": \"correctness\", \"points\": $points, \"verdict\": \"$verdict\", \"evidence\": \"$evidence\"}")
  echo "$verdict  $points  $id  $evidence"
}

printf '%s\n' \
  '2026-05-01T10:00:00Z GET /a 503' \
  '2026-05-01T10:00:01Z GET /404 200' \
  '2026-05-01T10:00:02Z PUT /b 201' \
  '2026-05-01T10:00:03Z GET /c 200' \
  '2026-05-01T10:00:04Z GET /c 418' > "$logs/tidy.log"

printf '%s\n' \
  '2026-05-01T10:00:00Z GET /a 200' \
  '' \
  '2026-05-01T10:00:01Z GET /b' \
  '2026-05-01T10:00:02Z GET /c 20' \
  '2026-05-01T10:00:03Z GET /d 200 200' \
  'connection reset, 404' \
  '2026-05-01T10:00:04Z GET /e abc' \
  '2026-05-01T10:00:05Z GET /f 301' > "$logs/damaged.log"

awk 'BEGIN { for (n = 0; n < 20000; n++) print "2026-05-01T10:00:00Z GET /" n, n % 4 ? 200 : 429 }' \
  > "$logs/long.log"

check counts-every-status 2 tidy.log $'200 2\n201 1\n418 1\n503 1'
check skips-damaged-lines 1 damaged.log $'200 1\n301 1'
check keeps-up-with-long-logs 1 long.log $'200 15000\n429 5000'

details=$(printf ', %s' "${checks[@]}")
echo "{\"checks\": [${details:2}]}" > "$verdicts/reward-details.json"
awk -v earned="$earned" -v total="$total" 'BEGIN { printf "{\"reward\": %.4f}\n", earned / total }' \
  > "$verdicts/reward.json.new"
mv "$verdicts/reward.json.new" "$verdicts/reward.json"
