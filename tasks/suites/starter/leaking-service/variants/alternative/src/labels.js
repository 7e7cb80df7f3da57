import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

import { json, send } from './http.js'

export async function sendLabel(req, res, directory, id) {
  let file
  try {
    file = await open(join(directory, `${id}.txt`))
    const stats = await file.stat()
    if (!stats.isFile()) throw new Error('not a file')
    const ETag = `"${stats.size.toString(16)}-${Math.floor(stats.mtimeMs).toString(16)}"`
    if (req.headers['if-none-match'] === ETag) return send(res, 304, '', { ETag })
    res.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': stats.size, ETag })
    if (req.method === 'HEAD') res.end()
    else await pipeline(file.createReadStream({ autoClose: false }), res)
  } catch {
    if (res.headersSent) res.destroy()
    else json(res, 404, { error: 'no label' })
  } finally {
    await file?.close()
  }
}
