import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DockerHost } from './docker-host.ts'
import { leftovers, openTestHost, sandboxOptions } from './sandbox-fixture.ts'
import { watchStorage } from './storage-watch.ts'

let host: DockerHost

beforeAll(async () => {
  host = await openTestHost()
})
afterAll(async () => {
  expect(await leftovers(host)).toEqual([])
  await host[Symbol.asyncDispose]()
})

test('a sandbox that writes more than it may is noticed, and one that writes less is not', async () => {
  await using frugal = await host.start(sandboxOptions())
  await using greedy = await host.start(sandboxOptions())
  await using quiet = watchStorage(host, frugal.id, { limitMb: 8, pauseMs: 20 })
  await using watch = watchStorage(host, greedy.id, { limitMb: 8, pauseMs: 20 })
  const fill = (megabytes: number) => ['sh', '-c', `head -c ${megabytes}M /dev/zero >/tmp/filled`]
  const noticed = once(watch.signal, 'abort')
  await frugal.exec(fill(4), { timeoutMs: 9_000 })
  await greedy.exec(fill(16), { timeoutMs: 9_000 })
  await noticed
  expect(String(watch.signal.reason)).toMatch(/it wrote \d+ MB, and its storage_mb is 8/)
  expect(quiet.signal.aborted).toBe(false)
})

test('a watch ends with its container, and without it', async () => {
  await using sandbox = await host.start(sandboxOptions())
  const watch = watchStorage(host, sandbox.id, { limitMb: 1, pauseMs: 5 })
  await sandbox[Symbol.asyncDispose]()
  await watch[Symbol.asyncDispose]()
  expect(watch.signal.aborted).toBe(false)
})
