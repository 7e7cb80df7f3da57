import { once } from 'node:events'
import { createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TemporaryFolder } from '../tasks/task-fixture.ts'
import { DockerHost } from './docker-host.ts'
import { imageBuilds } from './image-builds.ts'
import { reap } from './reaper.ts'
import {
  leftovers,
  openTestHostWithRunner,
  sandboxOptions,
  testIdentity,
} from './sandbox-fixture.ts'

let before: DockerHost
let after: DockerHost
beforeAll(async () => {
  before = await openTestHostWithRunner(process.env)
  after = await DockerHost.open({ owner: before.owner })
  after.useRunner(imageBuilds(after, { environment: {} }))
})
afterAll(async () => {
  await before[Symbol.asyncDispose]()
  await after[Symbol.asyncDispose]()
  expect(await leftovers(after)).toEqual([])
})

const WITHIN = { timeoutMs: 20_000 }

/** The same attempt, first in a process that will be gone and then in the next. */
function attempt() {
  const identity = testIdentity({ boot: 'before' })
  return [identity, { ...identity, boot: 'after' }] as const
}

test.each([{ reuseLoopback: true }, { reuseLoopback: false }, { network: 'public' }] as const)(
  'a sandbox of a process that died goes on in the next, %j',
  async (changes) => {
    await using folder = await TemporaryFolder.with({})
    const socketPath = folder.at('gateway.sock')
    const server = createServer((socket) => void socket.end('answer\n'))
    server.listen(socketPath)
    await once(server, 'listening')
    const [earlier, later] = attempt()
    const options = sandboxOptions({ ...changes, relay: { socketPath, port: 4100 } })
    const old = await before.start({ ...options, identity: earlier })
    const runner = await old.runner()
    const command = await runner.start(['sh', '-c', 'read -r line; echo "got $line"; exit 5'])
    await runner[Symbol.asyncDispose]()

    await using adopted = await after.adopt({ ...options, identity: later })
    expect(adopted?.id).toBe(old.id)
    expect(await after.adopt({ ...options, identity: later })).toBeNull()
    // Its clean-up at start, which sees labels of another boot on all of it.
    const isRunning = (trial: string) => trial === later.trial
    const reaped = await reap(after, { node: 'node', boot: 'after', isRunning })
    expect(reaped).toEqual({ containers: [], networks: [], images: [] })
    await expect(after.start({ ...options, identity: later })).rejects.toMatchObject({
      code: 'sandbox.start-failed',
    })
    const again = await (await adopted?.runner())?.adopt(command.id)
    await again?.write(Buffer.from('word\n'))
    expect(again && (await text(again.stdout))).toBe('got word\n')
    expect(await again?.ended).toEqual({ exitCode: 5, signal: null })
    const call = 'exec 3<>/dev/tcp/127.0.0.1/4100; cat <&3; echo work >/srv/work'
    const answer = await adopted?.exec(['bash', '-c', call], WITHIN)
    expect(answer?.stdout.text).toBe('answer\n')
    expect((await adopted?.use())?.cpuMs).toBeGreaterThan(0)

    const image = (await adopted?.snapshot()) ?? ''
    await using copy = await after.start(sandboxOptions({ image }))
    expect((await copy.exec(['cat', '/srv/work'], WITHIN)).stdout.text).toBe('work\n')
    await copy[Symbol.asyncDispose]()
    await after.removeSnapshot(image)
    await adopted?.[Symbol.asyncDispose]()
    expect(await leftovers(after)).toEqual([])
    await server[Symbol.asyncDispose]()
  },
)

test('a loopback that an adopted sandbox holds is lent to no other', async () => {
  const [earlier, later] = attempt()
  const options = sandboxOptions({ reuseLoopback: true })
  await before.start({ ...options, identity: earlier })
  await using adopted = await after.adopt({ ...options, identity: later })
  await using other = await after.start(sandboxOptions({ reuseLoopback: true }))
  const namespaces = await Promise.all(
    [adopted, other].map(async (sandbox) => {
      const found = await sandbox?.exec(['readlink', '/proc/self/ns/net'], WITHIN)
      return found?.stdout.text
    }),
  )
  expect(new Set(namespaces).size).toBe(2)
})

test('there is nothing to adopt of another attempt, of what has ended, or of another node', async () => {
  const [earlier, later] = attempt()
  const options = sandboxOptions()
  await using old = await before.start({ ...options, identity: earlier })
  expect(await after.adopt({ ...options, identity: { ...later, attempt: 2 } })).toBeNull()
  expect(await after.adopt({ ...options, identity: { ...later, node: 'elsewhere' } })).toBeNull()
  expect(await after.adopt({ ...options, identity: { ...later, role: 'verifier' } })).toBeNull()
  await old.stop()
  expect(await after.adopt({ ...options, identity: later })).toBeNull()
})

test('what nobody is at work on goes, with the loopback that it was in', async () => {
  const [earlier] = attempt()
  const options = sandboxOptions({ reuseLoopback: true })
  await before.start({ ...options, identity: earlier })
  const reaped = await reap(after, { node: 'node', boot: 'after', isRunning: () => false })
  expect(reaped.containers.some((name) => name.includes(earlier.trial.slice(0, 16)))).toBe(true)
  expect(await leftovers(after)).toEqual([])
})
