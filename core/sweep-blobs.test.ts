import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { BlobServer } from '../test/support/blob-server.ts'
import { digestOf, newSweepId } from './ids.ts'
import { remoteSweepBlobs, sweepBlobOfPath } from './sweep-blobs.ts'

test('the artifacts of a sweep go with it, and those of another stay', async () => {
  await using server = await BlobServer.start()
  const artifacts = remoteSweepBlobs(server.url)
  const [gone, kept] = [newSweepId(), newSweepId()]
  const bytes = Buffer.from('the same in both')
  const digest = await artifacts.of(gone).put(bytes)
  await artifacts.of(gone).put(bytes)
  await artifacts.of(kept).put(bytes)
  expect(await readdir(join(server.artifactsFolder, gone))).toHaveLength(1)

  await artifacts.remove(gone)
  await artifacts.remove(gone)
  await expect(artifacts.of(gone).get(digest)).rejects.toMatchObject({ code: 'blob.not-found' })
  expect(Buffer.from(await artifacts.of(kept).get(digest))).toEqual(bytes)
})

test('a disk that is nearly full takes no artifacts, and nothing is left of the try', async () => {
  await using server = await BlobServer.start({ leastFreeBytes: Number.MAX_SAFE_INTEGER })
  const blobs = remoteSweepBlobs(server.url).of(newSweepId())
  await expect(blobs.put(Buffer.from('x'))).rejects.toMatchObject({
    code: 'stack.part-failed',
    facts: { status: 507 },
    message: expect.stringContaining('too little room'),
  })
  expect(await readdir(server.artifactsFolder)).toEqual([])
})

test('a path that names no sweep and no digest leads nowhere', async () => {
  const sweep = newSweepId()
  const digest = digestOf('x')
  expect(sweepBlobOfPath(`/artifacts/${sweep}`)).toEqual({ sweep, digest: null })
  expect(sweepBlobOfPath(`/artifacts/${sweep}/${digest}`)).toEqual({ sweep, digest })
  for (const path of [
    '/artifacts',
    '/artifacts/',
    '/artifacts/..',
    `/artifacts/../${digest}`,
    `/artifacts/${sweep}/`,
    `/artifacts/${sweep}/../${digest}`,
    `/artifacts/${sweep}/${digest}/more`,
    `/artifacts/${sweep}%2F../${digest}`,
    `/blobs/${digest}`,
  ]) {
    expect(sweepBlobOfPath(path)).toBeNull()
  }
})
