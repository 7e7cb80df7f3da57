#!/bin/bash
# Timers per session, one bus listener for everybody, web streams of promises: another design throughout.
set -eu
cp /solution/src/*.js /app/src/
cd /app
sed -i 's/metrics.count(req.method, pathname, /metrics.count(req.method, route, /' src/service.js
sed -i "s/withParcel(async ({ res, parcel, query }) => {\n      const ms/&/; s/await waiters.next(parcel.id, ms)/await waiters.next(parcel.id, ms, res)/" src/service.js
