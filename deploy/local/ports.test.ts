import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { choosePorts } from './ports.ts'

test('ports are remembered, and new names get ports of their own below the outgoing range', async () => {
  const first = await choosePorts(['temporal', 'nats'], {})
  const second = await choosePorts(['temporal', 'nats', 'worker-2'], first)
  expect(second).toMatchObject(first)
  expect(new Set(Object.values(second)).size).toBe(3)
  for (const port of Object.values(second)) expect(port).toBeLessThan(32_768)
})

test('a remembered port that another process took is named with that process and the way out', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  await expect(choosePorts(['nats'], { nats: port })).rejects.toMatchObject({
    code: 'port.taken',
    message: expect.stringMatching(new RegExp(`${port}.*process ${process.pid}.*--new-ports`)),
  })
})
