import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findBinary } from './binaries.ts'
import { cachedPath } from './binary-cache.ts'
import { pinOf } from './binary-pins.ts'
import type { BinarySource } from './binary-source.ts'
import { scratchFolder } from './scratch-folder.ts'

const pin = pinOf('nats-server', 'linux-x64')

/** A folder for PATH with a `nats-server` that prints a version. */
async function programFolder(folder: string, version: string): Promise<string> {
  const bin = join(folder, `path-${version}`)
  await mkdir(bin)
  await writeFile(join(bin, 'nats-server'), `#!/bin/sh\necho "nats-server: v${version}"\n`)
  await chmod(join(bin, 'nats-server'), 0o755)
  return bin
}

/** A source that brings a small file, vouched for by an archive. */
function source(content: string, archiveSha256: string): BinarySource {
  return {
    name: 'a shelf',
    async fetch(_, { folder }) {
      const file = join(folder, 'fetched')
      await writeFile(file, content)
      return { file, archiveSha256 }
    },
  }
}

const unreachable: BinarySource = {
  name: 'far away',
  fetch: () => Promise.reject(new Error('no route')),
}

async function setUp() {
  const folder = await scratchFolder()
  const said: string[] = []
  const say = (line: string) => said.push(line)
  return { folder, said, options: { cache: join(folder, 'cache'), environment: { PATH: '' }, say } }
}

test('a program of the pinned version on PATH is used as it is', async () => {
  const { folder, options } = await setUp()
  const bin = await programFolder(folder, pin.version)
  const found = await findBinary('nats-server', { ...options, environment: { PATH: bin } })
  expect(found).toEqual({ path: join(bin, 'nats-server'), version: pin.version, origin: 'PATH' })
})

test('another version on PATH is left aside, aloud', async () => {
  const { folder, options, said } = await setUp()
  const bin = await programFolder(folder, '2.9.10')
  const found = await findBinary('nats-server', {
    ...options,
    environment: { PATH: bin },
    sources: [source('program', pinOf('nats-server').archive.sha256)],
  })
  expect(found.origin).toBe('fetched')
  expect(said[0]).toContain('2.9.10')
})

test('what a pinned archive brought is found in the cache afterwards, and executable', async () => {
  const { options } = await setUp()
  const sources = [unreachable, source('#!/bin/sh\n', pinOf('nats-server').archive.sha256)]
  const first = await findBinary('nats-server', { ...options, sources })
  const second = await findBinary('nats-server', { ...options, sources: [] })
  expect([first.origin, second.origin]).toEqual(['fetched', 'cache'])
  expect(second.path).toBe(first.path)
  expect(await readdir(options.cache)).toEqual(['bin'])
})

test('a cached program that was altered is refused with the file and the way out', async () => {
  const { options } = await setUp()
  const sources = [source('program', pinOf('nats-server').archive.sha256)]
  const { path } = await findBinary('nats-server', { ...options, sources })
  await writeFile(path, 'altered')
  await expect(findBinary('nats-server', { ...options, sources })).rejects.toMatchObject({
    code: 'binary.checksum-mismatch',
    message: expect.stringContaining(`rm ${path}`),
  })
})

test('what no pin vouches for is never kept', async () => {
  const { options } = await setUp()
  await expect(
    findBinary('nats-server', { ...options, sources: [source('program', '0'.repeat(64))] }),
  ).rejects.toMatchObject({ code: 'binary.fetch-failed' })
  const file = cachedPath(options.cache, pinOf('nats-server'))
  await expect(readFile(file)).rejects.toMatchObject({ code: 'ENOENT' })
})

test('when every source fails, the failure tells why each did', async () => {
  const { options } = await setUp()
  await expect(
    findBinary('temporal', { ...options, sources: [unreachable, unreachable] }),
  ).rejects.toMatchObject({
    code: 'binary.fetch-failed',
    message: expect.stringMatching(/far away: no route[\s\S]*far away: no route/),
  })
})
