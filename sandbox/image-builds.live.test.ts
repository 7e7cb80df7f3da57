import { randomBytes, randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { openLog } from '../core/log.ts'
import { loadTask } from '../tasks/load-task.ts'
import { SMALLEST_TASK, TemporaryFolder } from '../tasks/task-fixture.ts'
import { CertificateSearch } from './certificate-search.ts'
import type { DockerHost } from './docker-host.ts'
import { readImageArchive } from './image-archive.ts'
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

/** As a proxy's file looks, with a certificate that no other run has. */
const certificateOf = (bytes: Buffer) =>
  [
    '-----BEGIN CERTIFICATE-----',
    ...(bytes.toString('base64').match(/.{1,64}/g) ?? []),
    '-----END CERTIFICATE-----',
    '',
  ].join('\n')
const PEM = certificateOf(randomBytes(700))

/** Builds a Dockerfile with certificates, or without; and tells what was warned of. */
async function build(dockerfile: readonly string[], { behindProxy }: { behindProxy: boolean }) {
  await using folder = await withDockerfile(...dockerfile)
  await writeFile(folder.at('ca.pem'), PEM)
  const proxy = behindProxy
    ? { SBENCH_BUILD_CA: folder.at('ca.pem'), http_proxy: 'http://p:1' }
    : {}
  const lines: string[] = []
  const log = openLog({ process: 'test', destination: { write: (line) => lines.push(line) } })
  const task = await loadTask(folder.path)
  const builds = imageBuilds(host, { environment: { ...CLOSED, ...proxy }, log })
  const { id } = await builds.ensure(task, folder.path)
  // The name is that of the content: the next build of it shall not find it.
  await host.docker.getImage(id).tag({ repo: 'sbench-test', tag: randomUUID() })
  for (const name of (await host.docker.getImage(id).inspect()).RepoTags) {
    if (name.startsWith('sbench-task:')) await host.docker.getImage(name).remove()
  }
  return { id, warnings: lines }
}

async function factsOf(image: string) {
  const { Config, RootFS } = await host.docker.getImage(image).inspect()
  const { Image: _, Labels: __, ...config } = Config
  const history = z
    .array(z.object({ CreatedBy: z.string() }))
    .parse(await host.docker.getImage(image).history())
  const steps = history
    .map(({ CreatedBy }) => CreatedBy.replace(/file:\w+/, 'file'))
    .filter((by) => !by.includes('LABEL'))
  return { config, layers: RootFS.Layers ?? [], steps }
}

const archiveOf = async (image: string) =>
  readImageArchive(
    Readable.from(await host.docker.getImage(image).get()),
    CertificateSearch.for(PEM, []),
  )

test("a proxy's certificates serve the build and leave nothing in any layer", async () => {
  const dockerfile = [
    'ARG MODE=fast slow',
    'RUN test -z "$SSL_CERT_FILE" || grep -q CERTIFICATE "$SSL_CERT_FILE" && echo "$http_proxy" >/proof',
    `FROM ${TEST_IMAGE}`,
    'ARG MODE=slow',
    'COPY --from=0 /proof /proof',
    'RUN head -1 /etc/hostname >/name && cp /etc/hostname /tmp/ca && rm /tmp/ca',
    'WORKDIR /deep/folder',
    'USER nobody',
    'CMD ["x"]',
  ]
  const plain = await build(dockerfile, { behindProxy: false })
  const { id, warnings } = await build(dockerfile, { behindProxy: true })
  expect(warnings).toEqual([])
  const { config, holdsCertificates } = await archiveOf(id)
  expect(holdsCertificates).toBe(false)
  expect(String(config)).not.toContain('=/etc/hostname')
  const [facts, expected] = [await factsOf(id), await factsOf(plain.id)]
  expect([facts.config, facts.steps]).toEqual([expected.config, expected.steps])
  expect(facts.layers).toHaveLength(expected.layers.length)
  await using sandbox = await host.start(sandboxOptions({ image: id }))
  const look = await sandbox.exec(['sh', '-c', 'cat /proof; pwd; ls -A / /tmp'], {
    timeoutMs: 9_000,
  })
  expect(look.stdout.text).toMatch(/^http:\/\/p:1\n\/deep\/folder\n/)
  expect(look.stdout.text).not.toMatch(/sbench|ca/)
})

test('tasks with a step in common share its layer, also behind a proxy', async () => {
  const common = `RUN echo ${randomUUID()} >/common`
  const one = await build([common, 'RUN echo 1 >/one'], { behindProxy: true })
  const two = await build([common, 'RUN echo 2 >/two'], { behindProxy: true })
  const [layers, others] = [(await factsOf(one.id)).layers, (await factsOf(two.id)).layers]
  const base = (await factsOf(TEST_IMAGE)).layers.length
  expect(layers).toHaveLength(base + 2)
  expect(layers.slice(0, base + 1)).toEqual(others.slice(0, base + 1))
  expect(layers[base + 1]).not.toBe(others[base + 1])
})

test('a step that keeps the certificates is told of, also when a later step removes them', async () => {
  const dockerfile = ['RUN cp "$SSL_CERT_FILE" /kept.pem', 'RUN rm /kept.pem']
  const { id, warnings } = await build(dockerfile, { behindProxy: true })
  expect(warnings).toEqual([expect.stringContaining('holds the certificates')])
  expect((await archiveOf(id)).holdsCertificates).toBe(true)
})

test('what begins with nothing is built without certificates, and a failure says so', async () => {
  await using folder = await TemporaryFolder.with({
    ...SMALLEST_TASK,
    'environment/Dockerfile': `FROM scratch\nLABEL sbench.test=${run}\nCOPY kept.txt /\n`,
    'environment/kept.txt': 'kept',
  })
  await writeFile(folder.at('ca.pem'), PEM)
  const environment = { SBENCH_BUILD_CA: folder.at('ca.pem'), ...CLOSED }
  const builds = imageBuilds(host, { environment })
  const image = await builds.ensure(await loadTask(folder.path), folder.path)
  expect((await factsOf(image.id)).layers).toHaveLength(1)
  await folder.write({ 'environment/Dockerfile': 'FROM scratch\nRUN true\n' })
  await expect(builds.ensure(await loadTask(folder.path), folder.path)).rejects.toMatchObject({
    code: 'image.build-failed',
    message: expect.stringContaining("without the certificates of this machine's proxy"),
  })
})
