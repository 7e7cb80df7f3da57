import { createReadStream, fstat, open } from 'node:fs'
import { join } from 'node:path'

import { json, send } from './http.js'

/** Sends a parcel's label; its ETag is made of size and time of change. */
export function sendLabel(req, res, directory, id) {
  open(join(directory, `${id}.txt`), 'r', (error, fd) => {
    if (error) return json(res, 404, { error: 'no label' })
    fstat(fd, (error, stats) => {
      if (error || !stats.isFile()) return json(res, 404, { error: 'no label' })
      const etag = `"${stats.size.toString(16)}-${Math.floor(stats.mtimeMs).toString(16)}"`
      if (req.headers['if-none-match'] === etag) return send(res, 304, '', { ETag: etag })
      res.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': stats.size, ETag: etag })
      if (req.method === 'HEAD') return res.end()
      createReadStream('', { fd }).pipe(res)
    })
  })
}
