import fc from 'fast-check'
import { expect, test } from 'vitest'
import { taskDifferences } from '../../test/support/false-alarms.ts'
import { Draws } from '../../test/support/simulated-board.ts'
import { plannedLooks, type StopRule, stopVerdict } from './stop-verdict.ts'

const RULE: StopRule = {
  method: 'confidence sequence',
  alpha: 0.05,
  margin: null,
  minRounds: 2,
  maxRounds: 40,
  looks: 3,
  precise: true,
}

/** Rounds of a first contestant at one chance and a second at another, on every task alike. */
function rounds(
  count: number,
  tasks: number,
  [first, second]: readonly [number, number],
  seed = 1,
) {
  const draws = new Draws(seed, 0)
  return new Float64Array(count * tasks).map(
    () => Number(draws.uniform() < first) - Number(draws.uniform() < second),
  )
}

const verdictOf = (differences: Float64Array, tasks: number, rule: StopRule) =>
  stopVerdict(taskDifferences(differences, tasks), { rounds: differences.length / tasks, rule })

function stopsAt(differences: Float64Array, tasks: number, rule: StopRule) {
  for (let round = 1; round * tasks <= differences.length; round++) {
    const verdict = verdictOf(differences.subarray(0, round * tasks), tasks, rule)
    if (verdict !== null && verdict.reason !== null) return { ...verdict, round }
  }
  return null
}

test('a large difference stops a sweep early, a small one later, and the interval holds it', () => {
  const large = stopsAt(rounds(40, 40, [0.8, 0.4]), 40, RULE)
  const small = stopsAt(rounds(40, 40, [0.55, 0.4], 3), 40, RULE)
  expect(large?.reason).toBe('different')
  expect(small?.reason).toBe('different')
  expect(large?.round).toBeLessThan(small?.round ?? 0)
  expect(large?.interval?.low).toBeLessThan(0.4)
  expect(large?.interval?.high).toBeGreaterThan(0.4)
})

test('equal contestants are equivalent within a margin, once the sequence is that narrow', () => {
  const differences = rounds(40, 50, [0.5, 0.5], 5)
  const verdict = stopsAt(differences, 50, { ...RULE, margin: 0.08 })
  expect(verdict?.reason).toBe('equivalent')
  expect(verdict?.interval?.low).toBeGreaterThan(-0.08)
  expect(verdict?.interval?.high).toBeLessThan(0.08)
  expect(stopsAt(differences, 50, { ...RULE, margin: 0.001 })?.reason).not.toBe('equivalent')
})

test('where tasks differ and trials do not, more seeds buy nothing, if that is to stop it', () => {
  const tasks = 20
  const differences = new Float64Array(3 * tasks).map((_, at) => (at % 2 === 0 ? 0.5 : -0.5))
  differences[0] = 0.4
  expect(verdictOf(differences, tasks, RULE)?.reason).toBe('precise')
  expect(verdictOf(differences, tasks, { ...RULE, precise: false })?.reason).toBeNull()
})

test('below ten tasks, where there is no interval over tasks, none is precise enough', () => {
  const constant = (tasks: number) =>
    new Float64Array(20 * tasks).map((_, at) => ((at % tasks) % 2 === 0 ? 1 : -1))
  expect(verdictOf(constant(8), 8, RULE)?.reason).toBeNull()
  expect(verdictOf(constant(10), 10, RULE)?.reason).toBe('precise')
  expect(verdictOf(new Float64Array(20 * 10), 10, RULE)?.reason).toBeNull()
})

test('planned looks stop at looks alone, and one round says nothing', () => {
  const differences = rounds(12, 30, [0.9, 0.2], 7)
  const rule: StopRule = { ...RULE, method: 'planned looks', maxRounds: 12 }
  const at = (round: number) => verdictOf(differences.subarray(0, round * 30), 30, rule)
  expect(plannedLooks(rule)).toEqual([4, 8, 12])
  expect(at(1)).toBeNull()
  expect(at(3)).toMatchObject({ reason: null, interval: null })
  expect(at(4)?.reason).toBe('different')
})

test('nothing stops before its first allowed round', () => {
  const verdict = stopsAt(rounds(6, 30, [0.9, 0.1], 8), 30, { ...RULE, minRounds: 5 })
  expect(verdict).toMatchObject({ round: 5, reason: 'different' })
})

test('a few trials that all went one way are no scatter of zero', () => {
  const differences = Float64Array.of(1, 0, 1, 0)
  const rule = { ...RULE, precise: false }
  expect(verdictOf(differences, 2, rule)).toMatchObject({ estimate: 0.5, reason: null })
  const many = new Float64Array(8 * 2).map((_, at) => (at + 1) % 2)
  expect(verdictOf(many, 2, rule)?.reason).toBe('different')
})

test('a missing trial leaves its round of its task out, and a task with one round says nothing', () => {
  const differences = rounds(6, 20, [0.7, 0.5], 11)
  const whole = verdictOf(differences, 20, RULE)
  const without = differences.slice()
  without[3] = Number.NaN
  const rest = [0, 1, 2, 3, 4, 5].flatMap((round) => (round === 0 ? [] : [round * 20 + 3]))
  const mean = rest.reduce((sum, at) => sum + (differences[at] ?? 0), 0) / 5
  const all = [0, ...rest.map((_, at) => at + 1)].map((round) => differences[round * 20 + 3] ?? 0)
  const before = all.reduce((sum, value) => sum + value, 0) / 6
  const lacking = verdictOf(without, 20, RULE)
  expect(lacking?.estimate).toBeCloseTo((whole?.estimate ?? 0) + (mean - before) / 20, 12)
  for (let round = 0; round < 5; round++) without[round * 20 + 3] = Number.NaN
  expect(verdictOf(without, 20, RULE)).toBeNull()
})

test('turning the pair round turns the interval round, and the order of tasks changes no decision', () => {
  const worlds = fc.record({
    seed: fc.integer({ min: 1, max: 1_000 }),
    tasks: fc.integer({ min: 1, max: 12 }),
    count: fc.integer({ min: 2, max: 8 }),
    planned: fc.boolean(),
  })
  fc.assert(
    fc.property(worlds, ({ seed, tasks, count, planned }) => {
      const method = planned ? ('planned looks' as const) : RULE.method
      const rule = { ...RULE, method, maxRounds: count, looks: 1 }
      const cells = taskDifferences(rounds(count, tasks, [0.7, 0.4], seed), tasks)
      const turned = cells.map((cell) => ({ ...cell, sum: 0 - cell.sum }))
      const one = stopVerdict(cells, { rounds: count, rule })
      const other = stopVerdict(turned, { rounds: count, rule })
      expect(other?.reason).toBe(one?.reason)
      expect(other?.interval?.low).toBeCloseTo(0 - (one?.interval?.high ?? Number.NaN), 12)
      const reversed = stopVerdict(cells.toReversed(), { rounds: count, rule })
      expect(reversed?.reason).toBe(one?.reason)
      expect(reversed?.interval?.low).toBeCloseTo(one?.interval?.low ?? Number.NaN, 12)
    }),
    { numRuns: 60 },
  )
})
