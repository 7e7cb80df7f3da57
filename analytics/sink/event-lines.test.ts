import fc from 'fast-check'
import { expect, test } from 'vitest'
import { newSweepId, trialIdOf } from '../../core/ids.ts'
import { EVENT_KINDS, type TrajectoryEvent } from '../../core/trajectory.ts'
import { eventLines } from './event-lines.ts'

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
const asStored = (line: Buffer | undefined) => {
  const row = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(line))
  return { ...row, meta: typeof row.meta === 'string' ? row.meta : JSON.stringify(row.meta) }
}

test('a row that is copied from a line of its chunk is the row that would be written', () => {
  fc.assert(
    fc.property(anyEvent, (any) => {
      const [copied, written] = [[Buffer.from(JSON.stringify(any))], []].map((from) =>
        eventLines({ ...header, lastSeq: any.seq }, [any], from),
      )
      expect(asStored(copied)).toEqual(asStored(written))
      expect(asStored(copied).body.isWellFormed()).toBe(true)
    }),
  )
})

test("a line in another order than the recorder's is written anew", () => {
  const { seq, ...rest } = event
  const lines = eventLines(header, [event], [Buffer.from(JSON.stringify({ ...rest, seq }))])
  expect(asStored(lines)).toEqual(asStored(eventLines(header, [event])))
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
