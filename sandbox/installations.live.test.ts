import { randomUUID } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { tarOfEntries } from '../tasks/tar.ts'
import { TemporaryFolder } from '../tasks/task-fixture.ts'
import type { DockerHost } from './docker-host.ts'
import { imageBuilds } from './image-builds.ts'
import { installations } from './installations.ts'
import { reap } from './reaper.ts'
import { leftovers, openTestHost, sandboxOptions, TEST_IMAGE } from './sandbox-fixture.ts'

const CLOSED = { SBENCH_BUILD_NETWORK: 'none' }
const MOUNT = '/.sbench/agents/tool'
const WITHIN = { timeoutMs: 20_000 }

let host: DockerHost
const volumes = new Set<string>()
beforeAll(async () => {
  host = await openTestHost()
})
afterAll(async () => {
  for (const name of volumes) await host.docker.getVolume(name).remove()
  const label = [`sbench.owner=${host.owner}`]
  for (const { Id } of await host.docker.listImages({ filters: { label } })) {
    await host.docker.getImage(Id).remove({ force: true })
  }
  expect(await leftovers(host)).toEqual([])
  await host[Symbol.asyncDispose]()
})

const folderWith = (...lines: readonly string[]) =>
  TemporaryFolder.with({
    Dockerfile: [`FROM ${TEST_IMAGE}`, `LABEL sbench.test=${randomUUID()}`, ...lines].join('\n'),
  })

/** As another process would have it. */
const open = () => {
  const made = installations(host, imageBuilds(host, { environment: CLOSED }))
  return async (folder: string) => {
    const volume = await made.ensure({ name: 'test', folder, mountPath: MOUNT })
    volumes.add(volume.name)
    return volume
  }
}

async function putStray(volume: string): Promise<void> {
  const container = await host.docker.createContainer({
    Image: TEST_IMAGE,
    HostConfig: { Binds: [`${volume}:/mnt:nocopy`] },
  })
  await container.putArchive(await buffer(tarOfEntries([{ path: 'stray', bytes: 'x' }])), {
    path: '/mnt',
  })
  await container.remove()
}

test('an installation is made once, however many processes want it, and is read-only', async () => {
  await using folder = await folderWith(
    `RUN mkdir -p ${MOUNT}/bin && date +%N >${MOUNT}/stamp && cp /bin/true ${MOUNT}/bin/tool`,
  )
  const [one, two] = [open(), open()]
  const found = await Promise.all([one, one, two, two].map((ensure) => ensure(folder.path)))
  expect(new Set(found.map(({ name }) => name)).size).toBe(1)
  const stamps = await Promise.all(
    found.slice(0, 2).map(async (volume) => {
      await using sandbox = await host.start(sandboxOptions({ volumes: [volume] }))
      const written = await sandbox.exec(['touch', `${MOUNT}/x`], WITHIN)
      expect(written.stderr.text).toContain('Read-only')
      expect((await sandbox.exec([`${MOUNT}/bin/tool`], WITHIN)).exitCode).toBe(0)
      return (await sandbox.exec(['cat', `${MOUNT}/stamp`], WITHIN)).stdout.text
    }),
  )
  expect(new Set(stamps).size).toBe(1)
})

test('a change of the folder makes another; the reaper takes neither', async () => {
  await using folder = await folderWith(`RUN mkdir -p ${MOUNT} && echo 1 >${MOUNT}/version`)
  const ensure = open()
  const before = await ensure(folder.path)
  await folder.write({
    Dockerfile: `FROM ${TEST_IMAGE}\nRUN mkdir -p ${MOUNT} && echo 2 >${MOUNT}/version\n`,
  })
  const after = await ensure(folder.path)
  expect(after.name).not.toBe(before.name)
  await reap(host, { node: 'node', boot: 'later', isRunning: () => false })
  expect((await ensure(folder.path)).name).toBe(after.name)
  await using sandbox = await host.start(sandboxOptions({ volumes: [after] }))
  expect((await sandbox.exec(['cat', `${MOUNT}/version`], WITHIN)).stdout.text).toBe('2\n')
})

test('a volume that was removed, or left half filled, is filled again', async () => {
  await using folder = await folderWith(`RUN mkdir -p ${MOUNT} && echo whole >${MOUNT}/file`)
  const ensure = open()
  const { name, path } = await ensure(folder.path)
  const look = async () => {
    const volume = await ensure(folder.path)
    await using sandbox = await host.start(sandboxOptions({ volumes: [volume] }))
    return (await sandbox.exec(['cat', `${path}/file`], WITHIN)).stdout.text
  }
  await host.docker.getVolume(name).remove()
  expect(await look()).toBe('whole\n')
  // As Docker makes one for a mount of a name that is not there.
  await host.docker.getVolume(name).remove()
  await host.docker.createVolume({ Name: name })
  expect(await look()).toBe('whole\n')
  // As a process that is killed while Docker copies would leave it.
  const { Labels } = await host.docker.getVolume(name).inspect()
  await host.docker.getVolume(name).remove()
  await host.docker.createVolume({ Name: name, Labels })
  await putStray(name)
  const volume = await open()(folder.path)
  await using sandbox = await host.start(sandboxOptions({ volumes: [volume] }))
  const { stdout } = await sandbox.exec(['ls', '-A', path], WITHIN)
  expect(stdout.text).toBe('.sbench-complete\nfile\n')
})

test('a sandbox that nobody changed is unchanged by what is mounted', async () => {
  await using folder = await folderWith(`RUN mkdir -p ${MOUNT} && echo x >${MOUNT}/file`)
  const volume = await open()(folder.path)
  await using sandbox = await host.start(sandboxOptions({ volumes: [volume] }))
  await sandbox.exec(['cat', `${MOUNT}/file`], WITHIN)
  expect(await sandbox.snapshot()).toBe((await host.inspectImage(TEST_IMAGE)).id)
})
