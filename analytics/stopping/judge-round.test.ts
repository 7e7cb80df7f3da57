import { expect, test } from 'vitest'
import type { StopRule } from '../../coordinator/contract/stopping.ts'
import { taskDifferences } from '../../test/support/false-alarms.ts'
import { Draws } from '../../test/support/simulated-board.ts'
import { type EndedRound, judgeRound } from './judge-round.ts'
import type { Look } from './look.ts'

const TASKS = Array.from({ length: 20 }, (_, at) => `task-${at}`)
const RULE: StopRule = {
  firsts: ['strong', 'alike'],
  second: 'base',
  measure: 'pass',
  method: 'confidence-sequence',
  level: 0.95,
  margin: 0.1,
  minRounds: 2,
  maxRounds: 60,
  looks: 0,
  precise: false,
  budgetMicros: null,
}

/** Sixty rounds of contestants against one that passes half of the time. */
const ROUNDS = new Map(
  [['strong', 0.9] as const, ['alike', 0.5] as const].map(([name, chance], stream) => {
    const draws = new Draws(3, stream)
    const all = new Float64Array(60 * TASKS.length).map(
      () => Number(draws.uniform() < chance) - Number(draws.uniform() < 0.5),
    )
    return [name, all]
  }),
)

function endedAt(round: number, before: readonly Look[], spentMicros: number | null): EndedRound {
  const differences = new Map(
    [...ROUNDS].map(([name, all]) => {
      const cells = taskDifferences(all.subarray(0, round * TASKS.length), TASKS.length)
      return [name, new Map(cells.map((cell, at) => [TASKS[at] ?? '', cell]))]
    }),
  )
  return { round, tasks: TASKS, differences, before, spentMicros }
}

/** Looks after every round until the sweep stops. */
function looksOf(rule: StopRule, spent: (round: number) => number | null = () => null): Look[][] {
  const all: Look[][] = []
  for (let round = 1; round <= rule.maxRounds; round++) {
    const looks = judgeRound(rule, endedAt(round, all.at(-1) ?? [], spent(round)))
    all.push(looks)
    if (looks[0]?.stop !== null) break
  }
  return all
}

test('a sweep stops when every pair is decided, and says so in one word if they end in different ways', () => {
  const looks = looksOf(RULE)
  const last = looks.at(-1) ?? []
  expect(last.map(({ first, reason, stop }) => [first, reason, stop])).toEqual([
    ['strong', 'different', 'decided'],
    ['alike', 'equivalent', 'decided'],
  ])
  expect(
    looks
      .slice(0, -1)
      .flat()
      .every(({ stop }) => stop === null),
  ).toBe(true)
  const alone = looksOf({ ...RULE, firsts: ['strong'] }).at(-1)
  expect(alone).toMatchObject([{ reason: 'different', stop: 'different' }])
})

test('a pair stays decided while others go on, from the round that decided it', () => {
  const looks = looksOf(RULE)
  const strong = looks.map(([look]) => look)
  const decided = strong.find((look) => look?.reason === 'different')
  expect(decided?.decidedRound).toBe(decided?.round)
  expect(decided?.round).toBeLessThan(looks.length)
  for (const look of strong.slice((decided?.round ?? 0) - 1)) {
    expect(look).toMatchObject({ reason: 'different', decidedRound: decided?.round })
  }
})

test('several pairs share the chance of a false finding, so that each interval is wider', () => {
  const width = (looks: readonly Look[]) => (looks[0]?.high ?? 0) - (looks[0]?.low ?? 0)
  const both = judgeRound(RULE, endedAt(12, [], null))
  const alone = judgeRound({ ...RULE, firsts: ['strong'] }, endedAt(12, [], null))
  expect(width(both)).toBeGreaterThan(width(alone))
  expect(both[0]?.estimate).toBe(alone[0]?.estimate)
})

test('no round starts that would likely go beyond the budget, even before others may stop it', () => {
  const rule = { ...RULE, minRounds: 10, budgetMicros: 3_500_000 }
  const looks = looksOf(rule, (round) => round * 1_000_000)
  expect(looks).toHaveLength(3)
  expect(looks.at(-1)).toMatchObject([{ stop: 'budget' }, { stop: 'budget' }])
  expect(looksOf({ ...rule, budgetMicros: null })).not.toHaveLength(3)
})

test('between planned looks there is an estimate and no interval', () => {
  const rule: StopRule = { ...RULE, method: 'obrien-fleming', looks: 3, maxRounds: 12 }
  const looks = looksOf(rule)
  expect(looks[2]?.[0]).toMatchObject({ low: null, high: null, reason: null })
  expect(looks[2]?.[0]?.estimate).not.toBeNull()
  expect(looks[3]?.[0]?.reason).toBe('different')
})

test('rounds that were added after the last planned look stop nothing', () => {
  const firsts = ['strong']
  const rule: StopRule = { ...RULE, firsts, method: 'obrien-fleming', looks: 2, maxRounds: 6 }
  const looks = judgeRound(rule, endedAt(6, [], null))
  expect(looks).toMatchObject([{ reason: 'different', stop: 'different' }])
  const added = judgeRound({ ...rule, precise: true }, endedAt(7, looks, null))
  expect(added).toMatchObject([{ reason: 'different', decidedRound: 6, low: null, stop: null }])
})

test('what is missing is counted, and a task without two rounds leaves the pair open', () => {
  const ended = endedAt(5, [], null)
  const strong = new Map(ended.differences.get('strong'))
  strong.set('task-3', { n: 3, sum: 1_000_000, sumSquares: 1e12 })
  strong.delete('task-4')
  const found = judgeRound(
    { ...RULE, firsts: ['strong'] },
    { ...ended, differences: new Map([['strong', strong]]) },
  )
  expect(found).toMatchObject([{ missing: 7, estimate: null, low: null, reason: null, stop: null }])
})
