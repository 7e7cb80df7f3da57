import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadTask } from '../tasks/load-task.ts'
import { SMALLEST_TASK, TemporaryFolder } from '../tasks/task-fixture.ts'
import type { DockerHost } from './docker-host.ts'
import { imageBuilds } from './image-builds.ts'
import { LABELS } from './labels.ts'
import { leftovers, openTestHost, sandboxOptions, TEST_IMAGE } from './sandbox-fixture.ts'

let host: DockerHost
const run = randomUUID()
/** No test needs a network. */
const CLOSED = { SBENCH_BUILD_NETWORK: 'none' }

beforeAll(async () => {
  host = await openTestHost()
})
afterAll(async () => {
  for (const label of [`${LABELS.owner}=${host.owner}`, `sbench.test=${run}`]) {
    for (const { Id } of await host.docker.listImages({ filters: { label: [label] } })) {
      await host.docker.getImage(Id).remove({ force: true })
    }
  }
  expect(await leftovers(host)).toEqual([])
  await host[Symbol.asyncDispose]()
})

/** The label keeps layers of earlier runs out of the test, and finds those of this one. */
const withDockerfile = (...lines: readonly string[]) =>
  TemporaryFolder.with({
    ...SMALLEST_TASK,
    'environment/Dockerfile': [`FROM ${TEST_IMAGE}`, `LABEL sbench.test=${run}`, ...lines].join(
      '\n',
    ),
    'environment/kept.txt': 'kept',
    'environment/secret.txt': 'secret',
    'environment/.dockerignore': 'secret.txt\n',
  })

test('eight trials that want an image at once share one build', async () => {
  await using folder = await withDockerfile('COPY . /app', 'RUN date +%N >/app/stamp')
  const task = await loadTask(folder.path)
  const builds = imageBuilds(host, { environment: CLOSED })
  const images = await Promise.all(
    Array.from({ length: 8 }, () => builds.ensure(task, folder.path)),
  )
  expect(new Set(images.map(({ id }) => id)).size).toBe(1)
  const again = await imageBuilds(host, { environment: CLOSED }).ensure(task, folder.path)
  expect(again.id).toBe(images[0]?.id)
  await using sandbox = await host.start(sandboxOptions({ image: again.id }))
  const listing = await sandbox.exec(['ls', '/app'], { timeoutMs: 9_000 })
  expect(listing.stdout.text.split('\n')).toContain('kept.txt')
  expect(listing.stdout.text).not.toContain('secret.txt')
})

test('a build that fails shows the end of its log', async () => {
  await using folder = await withDockerfile('RUN echo the reason why; exit 7')
  const building = imageBuilds(host, { environment: CLOSED }).ensure(
    await loadTask(folder.path),
    folder.path,
  )
  await expect(building).rejects.toMatchObject({
    code: 'image.build-failed',
    message: expect.stringContaining('the reason why'),
  })
})

test('a base image that is nowhere is named, and so is what to do', async () => {
  await using folder = await TemporaryFolder.with({
    ...SMALLEST_TASK,
    'environment/Dockerfile': 'FROM localhost:1/sbench-test-base:1\n',
  })
  const building = imageBuilds(host, { environment: CLOSED }).ensure(
    await loadTask(folder.path),
    folder.path,
  )
  await expect(building).rejects.toMatchObject({
    code: 'image.not-found',
    message: expect.stringMatching(/localhost:1\/sbench-test-base:1.*docker load/s),
  })
})

test('a prebuilt image is used as it is, and one that is nowhere is named', async () => {
  await using folder = await TemporaryFolder.with({
    ...SMALLEST_TASK,
    'task.toml': `[environment]\ndocker_image = "${TEST_IMAGE}"\n`,
  })
  const builds = imageBuilds(host, { environment: CLOSED })
  const present = await builds.ensure(await loadTask(folder.path), folder.path)
  expect(present.id).toBe((await host.inspectImage(TEST_IMAGE)).id)
  await folder.write({ 'task.toml': '[environment]\ndocker_image = "localhost:1/sbench-test:1"\n' })
  await expect(builds.ensure(await loadTask(folder.path), folder.path)).rejects.toMatchObject({
    code: 'image.not-found',
    message: expect.stringContaining('localhost:1/sbench-test:1'),
  })
})

test("a proxy's certificates serve the build and are not in the image", async () => {
  await using folder = await withDockerfile(
    'RUN grep -q MARK "$SSL_CERT_FILE" && cp "$NODE_EXTRA_CA_CERTS" /proof',
    'RUN echo "$http_proxy" >>/proof',
    'USER nobody',
    'CMD ["x"]',
  )
  await writeFile(folder.at('ca.pem'), `MARK ${Math.random()}`)
  const environment = { SBENCH_BUILD_CA: folder.at('ca.pem'), http_proxy: 'http://p:1', ...CLOSED }
  const task = await loadTask(folder.path)
  const image = await imageBuilds(host, { environment }).ensure(task, folder.path)
  const { Config } = await host.docker.getImage(image.id).inspect()
  expect([Config.User, Config.Cmd]).toEqual(['nobody', ['x']])
  expect(JSON.stringify(Config.Env)).not.toMatch(/_proxy|\.pem/)
  await using sandbox = await host.start(sandboxOptions({ image: image.id }))
  const look = await sandbox.exec(['sh', '-c', 'cat /proof; ls -A /'], { timeoutMs: 9_000 })
  expect(look.stdout.text).toContain('MARK')
  expect(look.stdout.text).toContain('http://p:1')
  expect(look.stdout.text).not.toContain('sbench')
})
