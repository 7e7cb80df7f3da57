#!/bin/bash
# Streams, labels and metrics only: what an hour with /debug and lsof shows first.
set -eu
cd /app/src
sed -i 's/metrics.count(req.method, pathname, /metrics.count(req.method, route, /' service.js
sed -i "s/      bus.on('event', tell.bind(null, res, parcel))/      const listener = tell.bind(null, res, parcel)\n      bus.on('event', listener)/; s/res.on('finish'/res.on('close'/; s/bus.off('event', tell)/bus.off('event', listener)/" streams.js
sed -i "s/import { createReadStream,/import { closeSync, createReadStream,/
s/if (error || !stats.isFile()) return json/if (error || !stats.isFile()) return closeSync(fd), json/
s/=== etag) return send/=== etag) return closeSync(fd), send/
s/'HEAD') return res.end()/'HEAD') return closeSync(fd), res.end()/
s/createReadStream('', { fd }).pipe(res)/const file = createReadStream('', { fd })\n      res.on('close', () => file.destroy())\n      file.pipe(res)/" labels.js
