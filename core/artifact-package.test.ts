import { buffer } from 'node:stream/consumers'
import { zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import tarStream, { type Header } from 'tar-stream'
import { describe, expect, test } from 'vitest'
import {
  type ArtifactPackage,
  decodeArtifacts,
  encodeArtifacts,
  isArtifactPath,
} from './artifact-package.ts'

const file = (path: string, text: string, executable = false) => ({
  path,
  content: Buffer.from(text),
  executable,
})

const nothingLeftOut = { leftOut: [], moreLeftOut: 0 }

test('a package gives back what was put in, and equal files make equal bytes', async () => {
  const step = fc.stringMatching(/^[\w .\u00e9\u{1f600}-]{1,120}$/u)
  const path = fc
    .tuple(
      fc.constantFrom('artifacts', 'agent', 'verifier'),
      fc.array(step, { minLength: 1, maxLength: 4 }),
    )
    .map(([folder, steps]) => [folder, ...steps].join('/'))
    .filter(isArtifactPath)
  const files = fc.uniqueArray(
    fc.record({
      path,
      content: fc.uint8Array({ maxLength: 2_000 }),
      executable: fc.boolean(),
    }),
    { selector: (made) => made.path, maxLength: 8 },
  )
  const leftOut = fc.array(
    fc.record({ path, bytes: fc.option(fc.nat(), { nil: null }), why: fc.string() }),
    { minLength: 1, maxLength: 3 },
  )
  await fc.assert(
    fc.asyncProperty(files, leftOut, fc.nat(), async (made, without, moreLeftOut) => {
      const whole: ArtifactPackage = { files: made, leftOut: without, moreLeftOut }
      const bytes = await encodeArtifacts(whole)
      const read = await decodeArtifacts(bytes)
      const sorted = made.toSorted((a, b) => (a.path < b.path ? -1 : 1))
      expect(read.files.map((each) => ({ ...each, content: [...each.content] }))).toEqual(
        sorted.map((each) => ({ ...each, content: [...each.content] })),
      )
      expect({ ...read, files: [] }).toEqual({ files: [], leftOut: without, moreLeftOut })
      const again = await encodeArtifacts({ ...whole, files: made.toReversed() })
      expect(Buffer.from(again).equals(Buffer.from(bytes))).toBe(true)
    }),
    { numRuns: 60 },
  )
})

async function packed(...entries: (Partial<Header> & { name: string })[]): Promise<Uint8Array> {
  const pack = tarStream.pack()
  for (const header of entries) {
    if (header.type === undefined || header.type === 'file') pack.entry(header, 'evil')
    else pack.entry(header)
  }
  pack.finalize()
  return zstdCompressSync(await buffer(pack))
}

describe('a package of strangers is refused', () => {
  test.each([
    ['a path that leads up', { name: '../evil' }],
    ['one that leads up from a folder of ours', { name: 'agent/../../evil' }],
    ['an absolute path', { name: '/etc/cron.d/evil' }],
    ['a folder of its own', { name: 'elsewhere/evil' }],
    ['a folder of ours as a file', { name: 'agent' }],
    ['an empty step', { name: 'agent//evil' }],
    ['a symlink', { name: 'agent/link', type: 'symlink', linkname: '/etc' }],
    ['a hard link', { name: 'agent/link', type: 'link', linkname: '/etc/passwd' }],
    ['a device', { name: 'agent/null', type: 'character-device', devmajor: 1, devminor: 3 }],
    ['a pipe', { name: 'agent/pipe', type: 'fifo' }],
    ['a folder entry', { name: 'agent/folder/', type: 'directory' }],
  ] as const)('%s', async (_, entry) => {
    const bytes = await packed({ name: 'agent/good' }, entry)
    await expect(decodeArtifacts(bytes)).rejects.toMatchObject({ code: 'artifacts.invalid' })
  })

  test('the same path twice', async () => {
    const bytes = await packed({ name: 'agent/one' }, { name: 'agent/one' })
    await expect(decodeArtifacts(bytes)).rejects.toMatchObject({ code: 'artifacts.invalid' })
  })

  test('bytes that are no package, or one that was cut', async () => {
    const whole = await encodeArtifacts({
      files: [file('agent/log', 'x'.repeat(5_000))],
      ...nothingLeftOut,
    })
    const tar = tarStream.pack()
    tar.entry({ name: 'agent/log' }, 'x'.repeat(5_000))
    tar.finalize()
    const cutInside = zstdCompressSync((await buffer(tar)).subarray(0, 2_000))
    for (const bytes of [Buffer.from('no'), whole.subarray(0, whole.length - 3), cutInside]) {
      await expect(decodeArtifacts(bytes)).rejects.toMatchObject({ code: 'artifacts.invalid' })
    }
  })
})
