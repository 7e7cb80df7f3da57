import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { createGzip } from 'node:zlib'
import { pack } from 'tar-stream'
import { expect, onTestFinished, test } from 'vitest'
import { type BinaryPin, pinOf } from './binary-pins.ts'
import { download } from './download.ts'
import { releaseSource } from './release-source.ts'
import { scratchFolder } from './scratch-folder.ts'

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

/** A release page that redirects to its archive, as GitHub's does, and the pin for it. */
async function release(): Promise<BinaryPin> {
  const tar = pack()
  tar.entry({ name: 'nats-server-v1/README.md' }, 'read me')
  tar.entry({ name: 'nats-server-v1/nats-server', mode: 0o755 }, 'the program')
  tar.finalize()
  const archive = await buffer(tar.pipe(createGzip()))
  const page = await serve((request, response) => {
    if (request.url === '/archive') response.end(archive)
    else response.writeHead(302, { location: '/archive' }).end()
  })
  const sha256 = createHash('sha256').update(archive).digest('hex')
  return { ...pinOf('nats-server', 'linux-x64'), archive: { url: `${page}/release`, sha256 } }
}

test('a release gives its program, vouched for by the archive it came in', async () => {
  const pin = await release()
  const folder = await scratchFolder()
  const { file, archiveSha256 } = await releaseSource.fetch(pin, { folder, environment: {} })
  expect(await readFile(file, 'utf8')).toBe('the program')
  expect(archiveSha256).toBe(pin.archive.sha256)
})

test('an archive of another content is refused before it is opened', async () => {
  const pin = await release()
  const archive = { ...pin.archive, sha256: '0'.repeat(64) }
  const folder = await scratchFolder()
  await expect(
    releaseSource.fetch({ ...pin, archive }, { folder, environment: {} }),
  ).rejects.toThrow(/the pinned one is 0000/)
})

test('a server that stops talking is given up on', async () => {
  const url = await serve((_, response) => void response.writeHead(200).write('begin'))
  const options = { idleMs: 100, totalMs: 10_000, environment: {} }
  const started = performance.now()
  await expect(download(url, `${await scratchFolder()}/file`, options)).rejects.toThrow()
  expect(performance.now() - started).toBeLessThan(5_000)
})

test('downloads go through the proxy that the environment names', async () => {
  const asked: string[] = []
  const proxy = await serve((request, response) => {
    asked.push(request.url ?? '')
    response.end('by proxy')
  })
  const file = `${await scratchFolder()}/file`
  const environment = { http_proxy: proxy }
  await download('http://releases.invalid/file', file, {
    idleMs: 1_000,
    totalMs: 5_000,
    environment,
  })
  expect(asked).toEqual(['http://releases.invalid/file'])
  expect(await readFile(file, 'utf8')).toBe('by proxy')
})
