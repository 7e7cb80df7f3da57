import { buffer } from 'node:stream/consumers'
import fc from 'fast-check'
import tarStream, { type Header } from 'tar-stream'
import { expect, test } from 'vitest'
import { type ArtifactPackage, decodeArtifacts } from '../../core/artifact-package.ts'
import { Failure } from '../../core/failure.ts'
import { newSweepId } from '../../core/ids.ts'
import { remoteSweepBlobs, type SweepBlobs } from '../../core/sweep-blobs.ts'
import { BlobServer } from '../../test/support/blob-server.ts'
import { ArtifactDraft, NO_ROOM } from './artifact-draft.ts'
import { keepArtifacts, roomOfAgent, roomOfVerifier } from './keep-artifacts.ts'
import { VerifierArtifacts } from './verifier-artifacts.ts'

type Entry = Partial<Header> & { readonly name: string; readonly text?: string }

async function tarOf(...entries: readonly Entry[]): Promise<Uint8Array> {
  const pack = tarStream.pack()
  for (const { text = 'content', ...header } of entries) {
    if (header.type === undefined || header.type === 'file') pack.entry(header, text)
    else pack.entry(header)
  }
  pack.finalize()
  return buffer(pack)
}

/** As an archive that was read within its limits. */
async function add(draft: ArtifactDraft, into: string, entries: readonly Entry[]): Promise<void> {
  const reading = draft.read({ into })
  const { leaveOut = () => false } = reading.limits
  const read = entries.filter(({ name, text = 'content' }) => {
    return !leaveOut(name.split('/').slice(1).join('/'), text.length)
  })
  await reading.add(await tarOf(...read))
}

const texts = ({ files }: ArtifactPackage) =>
  Object.fromEntries(files.map(({ path, content }) => [path, Buffer.from(content).toString()]))
const ROOM = 1_000

test('of a hostile archive only regular files that stay in their folder are kept', async () => {
  const draft = new ArtifactDraft(ROOM)
  const reading = draft.read({ into: 'agent' })
  await reading.add(
    await tarOf(
      { name: 'agent/', type: 'directory' },
      { name: 'agent/good', text: 'good' },
      { name: 'agent/../../../etc/cron.d/evil' },
      { name: '/agent/etc/passwd', text: 'below' },
      { name: '../evil' },
      { name: 'agent/in/./dot' },
      { name: 'agent/in//double' },
      { name: 'agent/etc', type: 'symlink', linkname: '/etc' },
      { name: 'agent/etc/through-the-link' },
      { name: 'agent/hard', type: 'link', linkname: '/etc/shadow' },
      { name: 'agent/copy', type: 'link', linkname: 'agent/good' },
      { name: 'agent/null', type: 'character-device', devmajor: 1, devminor: 3 },
      { name: 'agent/pipe', type: 'fifo' },
      { name: 'agent/good/below-a-file' },
      { name: 'agent/good', text: 'again' },
    ),
  )
  expect(texts(draft.package)).toEqual({
    'agent/good': 'good',
    'agent/copy': 'good',
    // Whatever stands before the first slash is the top of the archive.
    'agent/agent/etc/passwd': 'below',
    'agent/evil': 'content',
    'agent/etc/through-the-link': 'content',
  })
  expect(draft.package.leftOut.map(({ path, why }) => `${path}: ${why}`)).toEqual([
    'agent/../../../etc/cron.d/evil: its path leads out of its folder',
    'agent/in/./dot: its path leads out of its folder',
    'agent/in//double: its path leads out of its folder',
    'agent/etc: it is a symlink',
    'agent/hard: it is a link',
    'agent/null: it is a character-device',
    'agent/pipe: it is a fifo',
    'agent/good/below-a-file: something else is kept at its path',
    'agent/good: something else is kept at its path',
  ])
  // What was drafted is a package that its readers accept.
  await using server = await BlobServer.start()
  const sweep = newSweepId()
  const blobs = remoteSweepBlobs(server.url)
  const { artifacts } = await keepArtifacts({ blobs, roomBytes: ROOM }, draft, {
    sweep,
    whose: 'agent',
    signal: new AbortController().signal,
  })
  if (artifacts === undefined) throw new Error('nothing was kept')
  const stored = await decodeArtifacts(await blobs.of(sweep).get(artifacts.digest))
  expect(texts(stored)).toEqual(texts(draft.package))
  expect(artifacts).toMatchObject({ files: 5, bytes: 'good'.length * 2 + 'below'.length + 14 })
})

test('every file is kept or named, and what is kept stays within its room', async () => {
  const sizes = fc.array(fc.nat({ max: 600 }), { maxLength: 30 })
  await fc.assert(
    fc.asyncProperty(sizes, sizes, async (declared, logs) => {
      const draft = new ArtifactDraft(ROOM)
      const entries = (made: number[]) =>
        made.map((size, index) => ({ name: `top/${index}`, text: 'x'.repeat(size) }))
      await add(draft, 'artifacts', entries(declared))
      await add(draft, 'agent', entries(logs))
      const { files, leftOut, moreLeftOut } = draft.package
      const kept = files.reduce((sum, { content }) => sum + content.length, 0)
      expect(kept).toBeLessThanOrEqual(ROOM)
      expect(files.length + leftOut.length + moreLeftOut).toBe(declared.length + logs.length)
      const left = ROOM - kept
      // The last one that was left out found less room than it needed.
      for (const { bytes } of leftOut.slice(-1)) expect(bytes).toBeGreaterThan(left)
    }),
    { numRuns: 60 },
  )
})

test('very many files are cut, and only some of what is left out is named', async () => {
  const draft = new ArtifactDraft(ROOM)
  const entries = Array.from({ length: 10_250 }, (_, index) => ({ name: `t/${index}`, text: '' }))
  await add(draft, 'agent', entries)
  const { files, leftOut, moreLeftOut } = draft.package
  expect([files.length, leftOut.length, moreLeftOut]).toEqual([10_000, 100, 150])
})

test('what has no room is not even read', () => {
  const { leaveOut } = new ArtifactDraft(ROOM).read({ into: 'agent' }).limits
  const left = [600, 500, 400, 1].map((bytes, index) => leaveOut?.(`${index}`, bytes))
  expect(left).toEqual([false, true, false, true])
})

test('what the task excludes is neither kept nor named', async () => {
  const draft = new ArtifactDraft(ROOM)
  const reading = draft.read({ into: 'artifacts/out', exclude: ['*.tmp'] })
  expect(reading.limits.leaveOut?.('deep/a.tmp', 5_000)).toBe(true)
  await reading.add(await tarOf({ name: 'out/a' }, { name: 'out/deep/a.tmp' }))
  expect(Object.keys(texts(draft.package))).toEqual(['artifacts/out/a'])
  expect(draft.package.leftOut).toEqual([])
})

test('an agent that fills its room leaves some to the verifier', () => {
  const keeping = { blobs: remoteSweepBlobs('http://127.0.0.1:1'), roomBytes: 32 * 2 ** 20 }
  const ofAgent = roomOfAgent(keeping)
  expect(ofAgent).toBe(28 * 2 ** 20)
  expect(roomOfVerifier(keeping, ofAgent)).toBe(4 * 2 ** 20)
  expect(roomOfVerifier(keeping, 0)).toBe(32 * 2 ** 20)
})

test("what a verifier printed is kept beside its files, under Harbor's name", async () => {
  const left = new VerifierArtifacts(ROOM)
  const tar = await tarOf({ name: 'verifier/reward.txt', text: '1' })
  left.take({ tar, output: 'ok\n' })
  expect(texts((await left.drafted()).package)).toEqual({
    'verifier/reward.txt': '1',
    'verifier/test-stdout.txt': 'ok\n',
  })
  const own = new VerifierArtifacts(ROOM)
  own.take({ tar: await tarOf({ name: 'verifier/test-stdout.txt', text: 'its' }), output: 'ours' })
  expect(texts((await own.drafted()).package)).toEqual({ 'verifier/test-stdout.txt': 'its' })
  const damaged = new VerifierArtifacts(ROOM)
  damaged.take({ tar: Buffer.alloc(700, 'x'), output: 'printed' })
  const { package: drafted } = await damaged.drafted()
  expect(texts(drafted)).toEqual({ 'verifier/test-stdout.txt': 'printed' })
  expect(drafted.leftOut).toHaveLength(1)
})

const draftOf = (text: string, { named = '' } = {}) => {
  const draft = new ArtifactDraft(ROOM)
  draft.addFile('agent/log', Buffer.from(text))
  if (named !== '') draft.leaveOut(named, 3 * 2 ** 20, NO_ROOM)
  return draft
}
const keepOptions = () => ({
  sweep: newSweepId(),
  whose: 'agent' as const,
  signal: new AbortController().signal,
})

test('what is not kept is named with its size and the limit, whatever its name', async () => {
  await using server = await BlobServer.start()
  const keeping = { blobs: remoteSweepBlobs(server.url), roomBytes: 32 * 2 ** 20 }
  const draft = draftOf('x', { named: 'agent/\u001b[2J.log' })
  const { artifacts, warning } = await keepArtifacts(keeping, draft, keepOptions())
  expect(artifacts?.files).toBe(1)
  expect(warning).toBe(
    String.raw`Not kept of what the agent left: agent/\u{1b}[2J.log (3 MB, there is no room for it). A trial keeps at most 32 MB.`,
  )
})

test('what was never there is named without a word of limits', async () => {
  await using server = await BlobServer.start()
  const keeping = { blobs: remoteSweepBlobs(server.url), roomBytes: ROOM }
  const draft = new ArtifactDraft(ROOM)
  draft.leaveOut('artifacts/out', null, 'the agent left nothing at /app/out')
  expect(await keepArtifacts(keeping, draft, keepOptions())).toMatchObject({
    artifacts: { files: 0, bytes: 0 },
    warning: 'Not kept of what the agent left: artifacts/out (the agent left nothing at /app/out).',
  })
})

test('nothing is asked of the coordinator when there is nothing to keep', async () => {
  const blobs = remoteSweepBlobs('http://127.0.0.1:1')
  const empty = new ArtifactDraft(ROOM)
  expect(await keepArtifacts({ blobs, roomBytes: ROOM }, empty, keepOptions())).toEqual({
    warning: null,
  })
})

test('a coordinator that restarts is waited for; one that refuses is not, and nothing is thrown', async () => {
  await using server = await BlobServer.start()
  const remote = remoteSweepBlobs(server.url)
  let tries = 0
  const restarting: SweepBlobs = {
    ...remote,
    of: (sweep) => ({
      ...remote.of(sweep),
      async put(bytes) {
        tries += 1
        if (tries === 1) throw new Failure('stack.part-failed', 'The coordinator does not answer.')
        return remote.of(sweep).put(bytes)
      },
    }),
  }
  const kept = await keepArtifacts(
    { blobs: restarting, roomBytes: ROOM },
    draftOf('x'),
    keepOptions(),
  )
  expect([tries, kept.artifacts?.files, kept.warning]).toEqual([2, 1, null])

  await using full = await BlobServer.start({ leastFreeBytes: Number.MAX_SAFE_INTEGER })
  const refusing = { blobs: remoteSweepBlobs(full.url), roomBytes: ROOM }
  expect(await keepArtifacts(refusing, draftOf('x'), keepOptions())).toEqual({
    warning: expect.stringMatching(/^What the agent left could not be kept: .*too little room/),
  })

  const gone = { blobs: remoteSweepBlobs('http://127.0.0.1:1'), roomBytes: ROOM }
  const cancelled = { ...keepOptions(), signal: AbortSignal.abort() }
  const { artifacts, warning } = await keepArtifacts(gone, draftOf('x'), cancelled)
  expect(artifacts).toBeUndefined()
  expect(warning).toContain('could not be kept')
})
