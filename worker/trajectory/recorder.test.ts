import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newSweepId, type TrialId, trialIdOf } from '../../core/ids.ts'
import { type Chunk, decodeChunk, EVENT_KINDS } from '../../core/trajectory.ts'
import { eventually } from '../../test/support/eventually.ts'
import type { NewEvent } from '../agents/agent.ts'
import { Recorder } from './recorder.ts'
import { Spool } from './spool.ts'
import { readSpool } from './spool-file.ts'

const sweep = newSweepId()
const trial: TrialId = trialIdOf(sweep, 'nop', 'task', 1)
let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sbench-spool-'))
})
afterAll(() => rm(root, { recursive: true }))
const freshFolder = () => mkdtemp(join(root, 'spool-'))

const events = fc.array(
  fc.record({
    kind: fc.constantFrom(...EVENT_KINDS),
    turn: fc.nat(5),
    tool: fc.string({ maxLength: 10 }),
    body: fc.string({ maxLength: 3_000 }),
  }),
  { maxLength: 40 },
)

async function recordAll(recorded: readonly NewEvent[], flushEvery: number): Promise<Chunk[]> {
  const chunks: Chunk[] = []
  const log = { append: (chunk: Chunk) => void chunks.push(chunk), sync: async () => undefined }
  const recorder = new Recorder({ sweep, trial, attempt: 1, log })
  for (const [index, event] of recorded.entries()) {
    recorder.record(event)
    if (index % flushEvery === 0) await recorder.flush()
  }
  expect(await recorder.close()).toBe(recorded.length)
  return chunks
}

test('whatever is recorded comes back in order, numbered from 0 without gaps', async () => {
  await fc.assert(
    fc.asyncProperty(events, fc.integer({ min: 1, max: 9 }), async (recorded, flushEvery) => {
      const chunks = await recordAll(recorded, flushEvery)
      const decoded = (await Promise.all(chunks.map(decodeChunk))).flat()
      expect(decoded.map(({ seq }) => seq)).toEqual(recorded.map((_, index) => index))
      expect(decoded.map(({ body }) => body)).toEqual(recorded.map(({ body }) => body))
      expect(chunks.map(({ header }) => header.chunk)).toEqual(chunks.map((_, index) => index))
    }),
    { numRuns: 40 },
  )
})

test('a spool that is torn anywhere still gives every chunk that was whole', async () => {
  const spool = await Spool.open(await freshFolder())
  const [entry, file] = await spool.create(trial, 1)
  const sizes: number[] = []
  for (const chunk of await recordAll(Array(20).fill({ kind: 'note', body: 'x'.repeat(99) }), 3)) {
    file.append(chunk)
    sizes.push((await readFile(entry.path)).length)
  }
  await file[Symbol.asyncDispose]()
  const whole = await readFile(entry.path)
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: whole.length }), async (length) => {
      const copy = join(await freshFolder(), 'torn')
      await writeFile(copy, whole)
      await truncate(copy, length)
      const expected = sizes.filter((size) => size <= length).length
      expect(await readSpool(copy)).toHaveLength(expected)
    }),
    { numRuns: 60 },
  )
})

test('what an earlier process spooled is found again, with its number of events', async () => {
  const folder = await freshFolder()
  const [, file] = await (await Spool.open(folder)).create(trial, 2)
  for (const chunk of await recordAll(Array(7).fill({ kind: 'note' }), 2)) file.append(chunk)
  await file[Symbol.asyncDispose]()
  const [found] = [...(await Spool.open(folder)).attempts.values()]
  expect(found).toMatchObject({ trial, attempt: 2, events: 7, isOwn: false })
})

test('an attempt that outgrows its spool fails by name and loses nothing that was kept', async () => {
  const spool = await Spool.open(await freshFolder(), 600)
  const [entry, file] = await spool.create(trial, 1)
  const recorder = new Recorder({ sweep, trial, attempt: 1, log: file })
  recorder.record({ kind: 'note', body: 'fits' })
  await recorder.flush()
  recorder.record({ kind: 'note', body: randomText(4_000) })
  await expect(recorder.flush()).rejects.toMatchObject({ code: 'spool.full' })
  expect(await readSpool(entry.path)).toHaveLength(1)
  expect(file.events).toBe(1)
})

test('the same attempt is never spooled twice', async () => {
  const spool = await Spool.open(await freshFolder())
  await spool.create(trial, 1)
  await expect(spool.create(trial, 1)).rejects.toMatchObject({ code: 'EEXIST' })
})

/** A log whose disk is as slow as its test likes. */
function slowLog() {
  const appended: number[] = []
  const syncs: PromiseWithResolvers<void>[] = []
  const left: number[] = []
  const log = {
    append: ({ header }: Chunk) => void appended.push(header.chunk),
    sync() {
      const turn = Promise.withResolvers<void>()
      syncs.push(turn)
      return turn.promise
    },
  }
  const synced = ({ header }: Chunk) => void left.push(header.chunk)
  return {
    appended,
    syncs,
    left,
    recorder: new Recorder({ sweep, trial, attempt: 1, log, synced }),
  }
}

test('nobody waits for the disk, and nothing leaves the node before it is on it', async () => {
  const { recorder, appended, syncs, left } = slowLog()
  for (let chunk = 0; chunk < 5; chunk += 1) {
    recorder.record({ kind: 'note', body: `${chunk}` })
    await recorder.flush()
    if (chunk === 0) await eventually('the disk is asked', () => syncs.length === 1)
  }
  expect(appended).toEqual([0, 1, 2, 3, 4])
  expect(left).toEqual([])
  syncs[0]?.resolve()
  await eventually('the others are synced together', () => syncs.length === 2)
  expect(left).toEqual([0])
  const closing = recorder.close()
  syncs[1]?.resolve()
  expect(await closing).toBe(5)
  expect(left).toEqual([0, 1, 2, 3, 4])
  expect(syncs).toHaveLength(2)
})

test('a disk that fails ends the recording, and what it did not take never leaves the node', async () => {
  const { recorder, appended, syncs, left } = slowLog()
  recorder.record({ kind: 'note' })
  await recorder.flush()
  await eventually('the disk is asked', () => syncs.length === 1)
  syncs[0]?.reject(new Error('the disk is broken'))
  await expect(recorder.close()).rejects.toThrow('the disk is broken')
  recorder.record({ kind: 'note' })
  await expect(recorder.flush()).rejects.toThrow('the disk is broken')
  expect([appended, left]).toEqual([[0], []])
})

test('a very long body keeps its start and end and says what is missing', async () => {
  const body = `start${'x'.repeat(200_000)}end`
  const [event] = await decodeChunk((await recordAll([{ kind: 'output', body }], 1))[0] as Chunk)
  expect(event?.body.startsWith('start') && event.body.endsWith('end')).toBe(true)
  expect(event?.meta.droppedChars).toBe(body.length - 64 * 1024)
})

test('the largest pieces of a model call are kept whole, in chunks that still can be read', async () => {
  const body = '\u0001'.repeat(200 * 1024)
  const chunks = await recordAll(Array(8).fill({ kind: 'model-part', body }), 99)
  const decoded = (await Promise.all(chunks.map(decodeChunk))).flat()
  expect(decoded.map((event) => event.body)).toEqual(Array(8).fill(body))
})

test('a chunk whose bytes were changed is refused', async () => {
  const [chunk] = await recordAll([{ kind: 'note', body: 'honest' }], 1)
  const header = { ...(chunk as Chunk).header, sha256: '0'.repeat(64) }
  await expect(decodeChunk({ header, body: (chunk as Chunk).body })).rejects.toMatchObject({
    code: 'input.invalid',
  })
})

function randomText(length: number): string {
  return Array.from({ length }, (_, index) => String.fromCharCode(33 + ((index * 7919) % 90))).join(
    '',
  )
}
