import fc from 'fast-check'
import { expect, test } from 'vitest'
import { newSweepId, trialIdOf } from '../../core/ids.ts'
import { EVENT_KINDS, encodeChunk, type TrajectoryEvent } from '../../core/trajectory.ts'
import { chunkRows, eventLines } from './event-lines.ts'

const sweep = newSweepId()
const header = { sweep, trial: trialIdOf(sweep, 'c', 't', 1), attempt: 1, lastSeq: 0 }
const event: TrajectoryEvent = {
  seq: 0,
  ts: '2026-01-31T12:00:00.123Z',
  kind: 'output',
  turn: 1,
  tool: '',
  body: 'one\ntwo',
  meta: { code: 1 },
}

test('an event is one line, whatever its text holds', () => {
  const lines = eventLines(header, [event, { ...event, seq: 1 }]).toString()
  expect(lines.split('\n')).toHaveLength(3)
  expect(JSON.parse(lines.split('\n')[0] ?? '')).toMatchObject({
    sweep_id: sweep,
    ts: '2026-01-31 12:00:00.123',
    body: 'one\ntwo',
    meta: '{"code":1}',
  })
})

const half = 'cut \ud83d'
const anyEvent: fc.Arbitrary<TrajectoryEvent> = fc.record({
  seq: fc.nat(),
  ts: fc
    .date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
    .map((at) => at.toISOString()),
  kind: fc.constantFrom(...EVENT_KINDS),
  turn: fc.nat(),
  tool: fc.oneof(fc.string({ unit: 'binary' }), fc.constant(half)),
  body: fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(half, '\\ud83d', '"},{"')),
  meta: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean())),
})

/** The engine keeps a `meta` that is an object as its text. */
const asStored = (lines: Buffer) =>
  new TextDecoder('utf-8', { fatal: true })
    .decode(lines)
    .trimEnd()
    .split('\n')
    .map((line) => {
      const row = JSON.parse(line)
      return { ...row, meta: typeof row.meta === 'string' ? row.meta : JSON.stringify(row.meta) }
    })

const chunkOf = (lines: readonly string[], firstSeq = 0) =>
  encodeChunk({ ...header, chunk: 0 }, lines, firstSeq)

test('rows that are copied from the lines of their chunk are those that would be written', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyEvent, { minLength: 1 }), fc.nat(1_000), async (any, firstSeq) => {
      const events = any.map((one, index) => ({ ...one, seq: firstSeq + index }))
      const chunk = await chunkOf(
        events.map((one) => JSON.stringify(one)),
        firstSeq,
      )
      const { lines, rows } = await chunkRows(chunk)
      expect(rows).toBe(events.length)
      expect(asStored(lines)).toEqual(asStored(eventLines(chunk.header, events)))
      expect(asStored(lines).every(({ body }) => body.isWellFormed())).toBe(true)
    }),
  )
})

test("a line in another order than the recorder's is written anew", async () => {
  const { seq, ...rest } = event
  const { lines } = await chunkRows(await chunkOf([JSON.stringify({ ...rest, seq })]))
  expect(asStored(lines)).toEqual(asStored(eventLines(header, [event])))
})

test.each([
  ['no event', ['{"seq":0}']],
  ['no JSON', ['nothing']],
  ['a kind that nobody knows', [JSON.stringify({ ...event, kind: 'rumour' })]],
  ['a time that is none', [JSON.stringify({ ...event, ts: 'noon' })]],
  ['an event of another place', [JSON.stringify({ ...event, seq: 1 })]],
  ['the same event twice', [JSON.stringify(event), JSON.stringify(event)]],
])('a chunk with %s is poison', async (_, lines) => {
  await expect(chunkOf(lines).then(chunkRows)).rejects.toMatchObject({ code: 'input.invalid' })
})

test('a chunk with more or fewer events than its header says is poison', async () => {
  const chunk = await chunkOf([JSON.stringify(event)])
  for (const lastSeq of [1, -1]) {
    const wrong = { ...chunk, header: { ...chunk.header, lastSeq } }
    await expect(chunkRows(wrong)).rejects.toMatchObject({ code: 'input.invalid' })
  }
})

test('a text cut in the middle of a character is made well-formed', () => {
  expect(eventLines(header, [{ ...event, body: 'cut \ud83d' }]).toString()).toContain('cut \ufffd')
})

test('times without milliseconds are told with them', () => {
  const lines = eventLines(header, [{ ...event, ts: '2026-01-31T12:00:00Z' }]).toString()
  expect(lines).toContain('"2026-01-31 12:00:00.000"')
})

test('numbers that the columns would wrap around are refused', () => {
  const refused = { code: 'input.invalid' }
  expect(() => eventLines({ ...header, attempt: 70_000 }, [event])).toThrow(
    expect.objectContaining(refused),
  )
  expect(() => eventLines({ ...header, lastSeq: 2 ** 32 }, [event])).toThrow(
    expect.objectContaining(refused),
  )
})
