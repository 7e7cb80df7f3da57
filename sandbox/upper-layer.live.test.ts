import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DockerHost } from './docker-host.ts'
import { leftovers, openTestHost, sandboxOptions } from './sandbox-fixture.ts'
import type { FileChange } from './system-changes.ts'
import { readUpperLayer } from './upper-layer.ts'

let host: DockerHost
beforeAll(async () => {
  host = await openTestHost()
})
afterAll(async () => {
  expect(await leftovers(host)).toEqual([])
  await host[Symbol.asyncDispose]()
})

const inOrder = (changes: readonly FileChange[] | null) =>
  changes?.map(({ Path, Kind }) => `${Path} ${Kind}`).sort()

test('the written layer says the same as Docker, or nothing where it cannot be read', async () => {
  await using sandbox = await host.start(sandboxOptions({ capabilities: 'root-tools' }))
  const script = [
    'rm -r /usr/share/doc/a*; rm /usr/bin/apt; echo x >>/etc/profile; chmod 700 /srv',
    'rm -r /etc/cron.d; mkdir /etc/cron.d; touch /etc/cron.d/new',
    'mkdir -p /a/b/c; touch /a/b/c/d; ln -s /nowhere /usr/local/bin/curl',
  ].join('\n')
  expect((await sandbox.exec(['bash', '-c', script], { timeoutMs: 9_000 })).exitCode).toBe(0)
  await sandbox.stop()
  const container = host.docker.getContainer(sandbox.id)
  const read = await readUpperLayer(await container.inspect())
  expect([undefined, inOrder(await container.changes())]).toContainEqual(inOrder(read))
  expect(await readUpperLayer({ GraphDriver: { Name: 'overlayfs', Data: null } })).toBeNull()
})
