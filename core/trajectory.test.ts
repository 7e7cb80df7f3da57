import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { EVENT_KINDS, isTrajectoryEvent } from './trajectory.ts'

/** What the check by hand is to be equal to. */
const schema = z.object({
  seq: z.int().nonnegative(),
  ts: z.iso.datetime({ precision: 3 }),
  kind: z.enum(EVENT_KINDS),
  turn: z.int().nonnegative(),
  tool: z.string(),
  body: z.string(),
  meta: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
})

const event = {
  seq: 3,
  ts: '2026-11-27T10:11:12.131Z',
  kind: 'note',
  turn: 0,
  tool: '',
  body: 'text',
  meta: { a: 'b', c: 1, d: true },
}
const odd = fc.oneof(
  fc.constantFrom(undefined, null, -1, 1.5, 2 ** 60, '', 'note', 'nothing', [], {}, true),
  fc.constantFrom('2026-11-27T10:11:12Z', '2026-11-27 10:11:12.131', '26-11-27T10:11:12.131Z'),
  fc.constantFrom({ a: null }, { a: {} }, { a: ['x'] }, { a: 1 }, [1]),
  fc.jsonValue(),
)

test('a line is an event just when the schema of events says so', () => {
  expect(isTrajectoryEvent(event)).toBe(true)
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(event)), odd, (name, value) => {
      const changed = { ...event, [name]: value }
      expect(isTrajectoryEvent(changed)).toBe(schema.safeParse(changed).success)
    }),
    { numRuns: 1_000 },
  )
})

test('what is no object is no event', () => {
  for (const value of [undefined, null, 1, 'x', []]) expect(isTrajectoryEvent(value)).toBe(false)
})
