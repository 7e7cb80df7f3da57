import { afterAll, beforeAll, expect, test } from 'vitest'
import { DockerHost } from './docker-host.ts'
import { reap } from './reaper.ts'
import { leftovers, openTestHost, sandboxOptions, testIdentity } from './sandbox-fixture.ts'

let host: DockerHost
beforeAll(async () => {
  host = await openTestHost({ snapshotLeaseMs: -1_000 })
})
afterAll(async () => {
  expect(await leftovers(host)).toEqual([])
  await host[Symbol.asyncDispose]()
})

test('without a daemon there is one clear failure', async () => {
  const opening = DockerHost.open({ socketPath: '/tmp/no-such-docker.sock' })
  await expect(opening).rejects.toMatchObject({ code: 'docker.unreachable' })
})

test('a sandbox of an image that is not there names the image', async () => {
  const starting = host.start(sandboxOptions({ image: 'sbench-test-absent:1' }))
  await expect(starting).rejects.toMatchObject({
    code: 'image.not-found',
    message: expect.stringContaining('sbench-test-absent:1'),
  })
})

test('an attempt has one sandbox of a role: a second is refused while the first lives', async () => {
  const identity = testIdentity()
  await using _ = await host.start(sandboxOptions({ identity }))
  await expect(host.start(sandboxOptions({ identity }))).rejects.toMatchObject({
    code: 'sandbox.start-failed',
  })
  await using verifier = await host.start(
    sandboxOptions({ identity: { ...identity, role: 'verifier' } }),
  )
  expect(verifier.id).toBeTruthy()
})

test('what a dead process of this node left makes way for the same attempt', async () => {
  const identity = testIdentity({ boot: 'before' })
  await using dead = await openTestHost({ owner: host.owner })
  const old = await dead.start(sandboxOptions({ identity }))
  await using fresh = await host.start(sandboxOptions({ identity: { ...identity, boot: 'after' } }))
  expect(fresh.id).not.toBe(old.id)
  expect(await leftovers(host)).toHaveLength(1)
})

test('what could not be removed makes way for the same attempt, in the process that made it', async () => {
  const identity = testIdentity()
  const old = await host.start(sandboxOptions({ identity }))
  const prototype = Object.getPrototypeOf(host.docker.getContainer(old.id))
  const { remove } = prototype
  prototype.remove = async () => {
    throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })
  }
  try {
    await old[Symbol.asyncDispose]()
  } finally {
    prototype.remove = remove
  }
  expect(await leftovers(host)).toHaveLength(1)
  await using fresh = await host.start(sandboxOptions({ identity }))
  expect(fresh.id).not.toBe(old.id)
})

test('closing a sandbox twice, or one that is gone, changes nothing', async () => {
  const sandbox = await host.start(sandboxOptions())
  await host.docker.getContainer(sandbox.id).remove({ force: true })
  await sandbox[Symbol.asyncDispose]()
  await sandbox[Symbol.asyncDispose]()
})

test('the reaper takes what is stale of this installation and leaves everything else', async () => {
  await using other = await openTestHost()
  await using theirs = await other.start(
    sandboxOptions({ identity: testIdentity({ boot: 'before' }), leaseMs: -1_000 }),
  )
  const earlier = testIdentity({ boot: 'before' })
  const adopted = testIdentity({ boot: 'before' })
  const elsewhere = testIdentity({ node: 'elsewhere', boot: 'x' })
  await host.start(sandboxOptions({ identity: earlier, network: 'public' }))
  await using kept = await host.start(sandboxOptions({ identity: adopted }))
  await using live = await host.start(sandboxOptions({ identity: elsewhere }))
  await host.start(sandboxOptions({ identity: { ...elsewhere, attempt: 2 }, leaseMs: -1_000 }))
  await live.exec(['touch', '/tmp/x'], { timeoutMs: 9_000 })
  const snapshot = await live.snapshot()

  const isRunning = (trial: string) => trial === adopted.trial
  const reaped = await reap(host, { node: 'node', boot: 'boot', isRunning })
  expect(reaped.containers).toHaveLength(2)
  expect(reaped.networks).toHaveLength(1)
  expect(reaped.images).toEqual([snapshot])
  expect(await leftovers(host)).toHaveLength(2)
  expect(await leftovers(other)).toHaveLength(1)
  expect(kept.id).not.toBe(theirs.id)
})
