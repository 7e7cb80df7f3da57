import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { writeArtifacts } from '../cli/write-artifacts.ts'
import { type ArtifactFile, decodeArtifacts } from '../core/artifact-package.ts'
import type { SweepId } from '../core/ids.ts'
import { remoteSweepBlobs } from '../core/sweep-blobs.ts'
import { gradeAttempt } from '../grader/grade.ts'
import type { DockerHost } from '../sandbox/docker-host.ts'
import { imageBuilds } from '../sandbox/image-builds.ts'
import type { ImageFacts } from '../sandbox/sandbox.ts'
import {
  leftovers,
  openTestHost,
  sandboxOptions,
  TEST_IMAGE,
  testIdentity,
} from '../sandbox/sandbox-fixture.ts'
import { loadTask } from '../tasks/load-task.ts'
import type { Task } from '../tasks/task.ts'
import { TemporaryFolder } from '../tasks/task-fixture.ts'
import { readAgentArtifacts } from '../worker/artifacts/agent-artifacts.ts'
import { ArtifactDraft } from '../worker/artifacts/artifact-draft.ts'
import { keepArtifacts } from '../worker/artifacts/keep-artifacts.ts'
import { VerifierArtifacts } from '../worker/artifacts/verifier-artifacts.ts'
import { BlobServer } from './support/blob-server.ts'
import { FIXTURES } from './support/farm.ts'

const WITHIN = { timeoutMs: 30_000 }
const MB = 2 ** 20
let host: DockerHost
let task: Task
let image: ImageFacts

beforeAll(async () => {
  host = await openTestHost()
  task = await loadTask(join(FIXTURES, 'letter-of-the-format'))
  // Its own image is this one, and what PREPARE does.
  image = await host.inspectImage(TEST_IMAGE)
})
afterAll(async () => {
  expect(await leftovers(host)).toEqual([])
  await host[Symbol.asyncDispose]()
})

const PREPARE = 'useradd worker; mkdir /app; chown worker /app'

/** What a node does at the end of an agent's attempt, after a script of the agent's. */
async function leftBy(script: string, { user = 'worker', roomBytes = 32 * MB } = {}) {
  const identity = testIdentity()
  await using sandbox = await host.start(sandboxOptions({ identity, capabilities: 'root-tools' }))
  await sandbox.exec(['bash', '-c', PREPARE], WITHIN)
  const as = { ...WITHIN, user, workdir: '/app', env: { ANSWER: '42', GREETING: 'good day' } }
  const { exitCode, stderr } = await sandbox.exec(['bash', '-c', script], as)
  if (exitCode !== 0) throw new Error(stderr.text)
  for (const { command } of task.verifier.collect) {
    await sandbox.exec(['bash', '-c', command], { ...WITHIN, user: 'root' })
  }
  const snapshot = await sandbox.snapshot()
  const read = vi.spyOn(sandbox, 'getArchive')
  const draft = new ArtifactDraft(roomBytes)
  await readAgentArtifacts(sandbox, { task, image, draft })
  return { identity, snapshot, draft, read: read.mock.calls.map(([path]) => path) }
}

/** Through a coordinator and back. */
async function stored(url: string, sweep: SweepId, draft: ArtifactDraft): Promise<ArtifactFile[]> {
  const blobs = remoteSweepBlobs(url)
  const kept = await keepArtifacts({ blobs, roomBytes: 32 * MB }, draft, {
    sweep,
    whose: 'agent',
    signal: new AbortController().signal,
  })
  if (kept.artifacts === undefined) throw new Error(`nothing is kept: ${kept.warning}`)
  const { files } = await decodeArtifacts(await blobs.of(sweep).get(kept.artifacts.digest))
  return [...files]
}

const textsOf = (files: readonly ArtifactFile[]) =>
  Object.fromEntries(files.map(({ path, content }) => [path, Buffer.from(content).toString()]))

test('what a task declares, and the logs of agent and verifier, come out as they were left', async () => {
  await using server = await BlobServer.start()
  const solution = await readFile(join(task.dir, 'solution/solve.sh'), 'utf8')
  const logs = 'mkdir /logs/agent/in; echo turn >/logs/agent/in/log; echo seen >/logs/artifacts/a'
  const { identity, snapshot, draft } = await leftBy(`${solution}\n${logs}`)
  const { role: _, ...of } = identity
  const verifier = new VerifierArtifacts(MB)
  const { verdict } = await gradeAttempt({
    host,
    images: imageBuilds(host, { environment: process.env }),
    task,
    taskDir: task.dir,
    identity: of,
    snapshot: { image: snapshot, baseImage: image.id },
    logs: verifier,
  })
  await host.removeSnapshot(snapshot)
  expect(verdict).toMatchObject({ pass: true, warnings: [] })
  expect(draft.package.leftOut).toEqual([])
  const { sweep } = identity
  expect(textsOf(await stored(server.url, sweep, draft))).toEqual({
    'agent/in/log': 'turn\n',
    'artifacts/a': 'seen\n',
    'artifacts/app/report/answer.txt': '42\n',
    'artifacts/app/report/author.txt': 'by worker\n',
    'artifacts/extra.log': 'log\n',
  })
  expect(textsOf(await stored(server.url, sweep, await verifier.drafted()))).toEqual({
    'verifier/reward.json': '{"reward": 1}\n',
  })
})

test('a hostile agent gets nothing but plain files out, and nothing of them elsewhere', async () => {
  await using server = await BlobServer.start()
  await using folder = await TemporaryFolder.with()
  const script = [
    'mkdir -p report /logs/agent/deep; cd report',
    'ln -s /etc/shadow shadow; ln -s ../../../../../../etc link; ln /etc/passwd hard',
    "mkfifo pipe; printf x >$'new\\nline\\e[2J'; printf x >$'\\xff\\xfe'; printf x >'..evil'",
    'printf x >setuid; chmod 4777 setuid; printf first >twin; ln twin twin-2',
    'head -c 3000000 /dev/urandom >huge; truncate -s 20M sparse; printf last >zz',
    // The declared file is a link, and the folders of the logs lead elsewhere.
    'ln -s /etc/passwd ../extra.log; printf log >/logs/agent/deep/log',
    'rm -r /logs/artifacts; ln -s /etc /logs/artifacts',
  ].join('\n')
  const { identity, snapshot, draft } = await leftBy(script, { user: 'root', roomBytes: MB })
  await host.removeSnapshot(snapshot)
  const files = await stored(server.url, identity.sweep, draft)
  const out = folder.at('out')
  await writeArtifacts(files, out)
  expect(await readdir(folder.path)).toEqual(['out'])
  const report = (await readdir(join(out, 'artifacts/app/report'), { withFileTypes: true })).sort()
  expect(report.every((entry) => entry.isFile())).toBe(true)
  expect(report.map(({ name }) => name).sort()).toEqual(
    [
      '..evil',
      'hard',
      'new\nline\u001b[2J',
      'setuid',
      'twin',
      'twin-2',
      'zz',
      '\ufffd\ufffd',
    ].sort(),
  )
  expect(await readFile(join(out, 'artifacts/app/report/twin-2'), 'utf8')).toBe('first')
  expect(await readFile(join(out, 'agent/deep/log'), 'utf8')).toBe('log')
  const leftOut = draft.package.leftOut.map(({ path, why }) => `${path}: ${why}`)
  expect(leftOut).toEqual(
    expect.arrayContaining([
      'artifacts/app/report/shadow: it is a symlink',
      'artifacts/app/report/link: it is a symlink',
      'artifacts/app/report/pipe: it is a fifo',
      'artifacts/app/report/huge: there is no room for it',
      'artifacts/app/report/sparse: there is no room for it',
      'artifacts/extra.log: it is a symlink',
    ]),
  )
})

test('folders of logs that nobody wrote to are not read, and a declared artifact is missed by name', async () => {
  const { snapshot, draft, read } = await leftBy('true')
  await host.removeSnapshot(snapshot)
  expect(read).toEqual(['/app/report', '/app/extra.log'])
  expect(draft.package.files).toEqual([])
  expect(draft.package.leftOut.map(({ path, why }) => `${path}: ${why}`)).toEqual([
    'artifacts/app/report: the agent left nothing at /app/report',
    'artifacts/extra.log: the agent left nothing at /app/extra.log',
  ])
})
