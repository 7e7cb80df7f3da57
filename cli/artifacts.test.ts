import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import type { TrialAttempt, TrialDetail } from '../analytics/read-trial.ts'
import { encodeArtifacts } from '../core/artifact-package.ts'
import { digestOf, newSweepId, trialIdOf } from '../core/ids.ts'
import { remoteSweepBlobs } from '../core/sweep-blobs.ts'
import { TemporaryFolder } from '../tasks/task-fixture.ts'
import { BlobServer } from '../test/support/blob-server.ts'
import { readArtifacts } from './read-artifacts.ts'
import { writeArtifacts } from './write-artifacts.ts'

const file = (path: string, text = path, executable = false) => ({
  path,
  content: Buffer.from(text),
  executable,
})

test('artifacts are written as they were, into a folder that is new or empty', async () => {
  await using folder = await TemporaryFolder.with()
  const files = [file('agent/log'), file('artifacts/app/run.sh', '#!/bin/sh', true)]
  await mkdir(folder.at('empty'))
  for (const name of ['new/below', 'empty']) {
    const out = folder.at(name)
    await writeArtifacts(files, out)
    expect(await readFile(`${out}/agent/log`, 'utf8')).toBe('agent/log')
    expect((await stat(`${out}/artifacts/app/run.sh`)).mode & 0o777).toBe(0o755)
    expect((await stat(out)).mode & 0o777).toBe(0o755)
  }
})

test('a folder that holds something, or is a link, is left as it is', async () => {
  await using folder = await TemporaryFolder.with({ 'full/mine': 'mine' })
  await mkdir(folder.at('elsewhere'))
  await symlink(folder.at('elsewhere'), folder.at('link'))
  await writeFile(folder.at('file'), 'mine')
  const before = (await readdir(folder.path, { recursive: true })).sort()
  for (const name of ['full', 'link', 'file', 'full/mine/below']) {
    await expect(writeArtifacts([file('agent/log')], folder.at(name))).rejects.toMatchObject({
      code: 'input.invalid',
      message: expect.stringContaining('new or empty'),
    })
  }
  expect((await readdir(folder.path, { recursive: true })).sort()).toEqual(before)
})

test.each([
  '../evil',
  '/tmp/evil',
  'agent/../../evil',
  'agent',
  'agent//x',
  'other/x',
  'agent/\0x',
])('a path that leads out is refused before anything is written: %j', async (path) => {
  await using folder = await TemporaryFolder.with()
  const files = [file('agent/good'), file(path)]
  await expect(writeArtifacts(files, folder.at('in', 'out'))).rejects.toMatchObject({
    code: 'artifacts.invalid',
  })
  expect(await readdir(folder.path)).toEqual([])
})

test('files that cannot be beside each other leave nothing behind', async () => {
  await using folder = await TemporaryFolder.with()
  const files = [file('agent/log'), file('agent/log/below')]
  await expect(writeArtifacts(files, folder.at('out'))).rejects.toMatchObject({
    code: 'input.invalid',
  })
  expect(await readdir(folder.path)).toEqual([])
})

/** A trial of two attempts, of which the first counts; each has a package of its own. */
async function twoAttempts(url: string) {
  const blobs = remoteSweepBlobs(url)
  const sweep = newSweepId()
  const attempts: Pick<TrialAttempt, 'attempt' | 'artifacts'>[] = []
  for (const attempt of [1, 2]) {
    const bytes = await encodeArtifacts({
      files: [file(`agent/of-${attempt}`)],
      leftOut: [{ path: 'agent/huge', bytes: 9, why: 'no room' }],
      moreLeftOut: attempt,
    })
    const digest = await blobs.of(sweep).put(bytes)
    attempts.push({ attempt, artifacts: { packages: [digest], files: 1, bytes: 10 } })
  }
  const trial = { sweep, trial: trialIdOf(sweep, 'c', 't', 1), attempts, result: { attempt: 1 } }
  return { blobs, trial: trial as unknown as TrialDetail }
}

test('the attempt that counts is read unless another is asked for', async () => {
  await using server = await BlobServer.start()
  const { blobs, trial } = await twoAttempts(server.url)
  const paths = async (read: TrialDetail, wanted?: number) =>
    (await readArtifacts(blobs, read, wanted)).files.map(({ path }) => path)
  expect(await paths(trial)).toEqual(['agent/of-1'])
  expect(await paths(trial, 2)).toEqual(['agent/of-2'])
  expect(await paths({ ...trial, result: null })).toEqual(['agent/of-2'])
  expect(await readArtifacts(blobs, trial, 2)).toMatchObject({
    attempt: 2,
    leftOut: [{ path: 'agent/huge' }],
    moreLeftOut: 2,
  })
  await expect(readArtifacts(blobs, trial, 3)).rejects.toMatchObject({
    code: 'trial.not-found',
    message: expect.stringContaining('none of them 3'),
  })
  const running = { ...trial, result: null, attempts: [] }
  await expect(readArtifacts(blobs, running, undefined)).rejects.toMatchObject({
    message: expect.stringContaining('no result yet'),
  })
})

test('what the coordinator lost is said to be lost', async () => {
  await using server = await BlobServer.start()
  const { blobs, trial } = await twoAttempts(server.url)
  await blobs.remove(trial.sweep)
  await expect(readArtifacts(blobs, trial, 1)).rejects.toMatchObject({
    code: 'blob.not-found',
    facts: { digest: trial.attempts[0]?.artifacts.packages[0] ?? digestOf('') },
  })
})
