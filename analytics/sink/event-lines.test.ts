import { expect, test } from 'vitest'
import { newSweepId, trialIdOf } from '../../core/ids.ts'
import type { TrajectoryEvent } from '../../core/trajectory.ts'
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
  const lines = eventLines(header, [event, { ...event, seq: 1 }])
  expect(lines.split('\n')).toHaveLength(3)
  expect(JSON.parse(lines.split('\n')[0] ?? '')).toMatchObject({
    sweep_id: sweep,
    ts: '2026-01-31 12:00:00.123',
    body: 'one\ntwo',
    meta: '{"code":1}',
  })
})

test('a text cut in the middle of a character is made well-formed', () => {
  expect(eventLines(header, [{ ...event, body: 'cut \ud83d' }])).toContain('cut \ufffd')
})

test('times without milliseconds are told with them', () => {
  const lines = eventLines(header, [{ ...event, ts: '2026-01-31T12:00:00Z' }])
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
