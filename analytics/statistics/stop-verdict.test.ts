import { expect, test } from 'vitest'
import { Draws } from '../../test/support/simulated-board.ts'
import { type StopRule, stopVerdict } from './stop-verdict.ts'

const RULE: StopRule = {
  method: 'confidence sequence',
  alpha: 0.05,
  margin: null,
  minRounds: 2,
  maxRounds: 40,
  looks: 3,
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

function stopsAt(differences: Float64Array, tasks: number, rule: StopRule) {
  for (let round = 1; round * tasks <= differences.length; round++) {
    const verdict = stopVerdict(differences.subarray(0, round * tasks), { tasks, rule })
    if (verdict !== null && verdict.reason !== null) return verdict
  }
  return null
}

test('a large difference stops a sweep early, a small one later, and the interval holds it', () => {
  const large = stopsAt(rounds(40, 40, [0.8, 0.4]), 40, RULE)
  const small = stopsAt(rounds(40, 40, [0.55, 0.4], 3), 40, RULE)
  expect(large?.reason).toBe('different')
  expect(small?.reason).toBe('different')
  expect(large?.rounds).toBeLessThan(small?.rounds ?? 0)
  expect(large?.low).toBeLessThan(0.4)
  expect(large?.high).toBeGreaterThan(0.4)
})

test('equal contestants are equivalent within a margin, once the sequence is that narrow', () => {
  const differences = rounds(40, 50, [0.5, 0.5], 5)
  const verdict = stopsAt(differences, 50, { ...RULE, margin: 0.08 })
  expect(verdict?.reason).toBe('equivalent')
  expect(verdict?.low).toBeGreaterThan(-0.08)
  expect(verdict?.high).toBeLessThan(0.08)
  expect(stopsAt(differences, 50, { ...RULE, margin: 0.001 })?.reason).not.toBe('equivalent')
})

test('where tasks differ and trials do not, more seeds buy nothing', () => {
  const tasks = 20
  const differences = new Float64Array(3 * tasks).map((_, at) => (at % 2 === 0 ? 0.5 : -0.5))
  differences[0] = 0.4
  const verdict = stopVerdict(differences, { tasks, rule: RULE })
  expect(verdict?.reason).toBe('precise')
})

test('planned looks stop at looks alone, and one round says nothing', () => {
  const differences = rounds(12, 30, [0.9, 0.2], 7)
  const rule: StopRule = { ...RULE, method: 'planned looks', maxRounds: 12 }
  const at = (round: number) =>
    stopVerdict(differences.subarray(0, round * 30), { tasks: 30, rule })
  expect(at(1)).toBeNull()
  expect(at(3)).toMatchObject({ reason: null, low: -1, high: 1 })
  expect(at(4)?.reason).toBe('different')
})

test('nothing stops before its first allowed round, and the last round ends it', () => {
  const differences = rounds(6, 30, [0.9, 0.1], 8)
  const verdict = stopsAt(differences, 30, { ...RULE, minRounds: 5 })
  expect(verdict).toMatchObject({ rounds: 5, reason: 'different' })
  const even = stopsAt(rounds(6, 10, [0.5, 0.5], 9), 10, { ...RULE, maxRounds: 6 })
  expect(even).toMatchObject({ rounds: 6, reason: 'rounds' })
})
