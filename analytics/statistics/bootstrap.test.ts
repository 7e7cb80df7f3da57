import { expect, test } from 'vitest'
import { countResamples } from './bootstrap.ts'
import { bootstrapProblem } from './bootstrap-problem.ts'
import { summarise } from './bootstrap-summary.ts'
import { clusterT } from './cluster-t.ts'
import { runBootstrap } from './run-bootstrap.ts'
import { cellsOf, type ScoreTable } from './score-table.ts'
import { MICRO } from './task-cell.ts'
import { fillWords, PURPOSE, uniformOf } from './threefry.ts'

/** A board whose contestants differ by `step` in strength; passes out of five trials. */
function board(
  contestants: number,
  tasks: number,
  { step = 0.05, families = tasks } = {},
): ScoreTable {
  const words = new Uint32Array(tasks * 6)
  const passed = Array.from({ length: contestants }, (_, contestant) => {
    fillWords(words, { seed: 3, purpose: PURPOSE.simulation, index: contestant })
    return Array.from({ length: tasks }, (__, task) => {
      const chance = (task + 0.5) / tasks - 0.2 + step * contestant
      return words.subarray(task * 6, task * 6 + 5).filter((word) => uniformOf(word) < chance)
        .length
    })
  }).flat()
  return {
    contestants: Array.from({ length: contestants }, (_, at) => `c${at}`),
    tasks: Array.from({ length: tasks }, (_, at) => `t${at}`),
    clusters: Int32Array.from({ length: tasks }, (_, at) => at % families),
    n: new Int32Array(passed.length).fill(5),
    sum: Float64Array.from(passed, (count) => count * MICRO),
    sumSquares: Float64Array.from(passed, (count) => count * MICRO * MICRO),
    missing: new Int32Array(passed.length),
  }
}

function problemOf(table: ScoreTable, seed = 1) {
  const made = bootstrapProblem(table, seed)
  if (made === null) throw new Error('nothing to draw from')
  return made.problem
}

test('the same seed gives the same bytes with 1, 2 and 4 threads, and without one', async () => {
  const problem = problemOf(board(4, 15))
  const here = countResamples(problem, { from: 0, to: 1_001 })
  for (const workers of [1, 2, 4, undefined]) {
    const run = workers === undefined ? { resamples: 1_001 } : { resamples: 1_001, workers }
    expect(await runBootstrap(problem, run)).toEqual(here)
  }
  const other = countResamples({ ...problem, seed: 2 }, { from: 0, to: 1_001 })
  expect(other.distances).not.toEqual(here.distances)
})

test('every resample is counted once in every count', () => {
  const counts = countResamples(problemOf(board(5, 20)), { from: 7, to: 107 })
  const total = (values: Uint32Array) => values.reduce((sum, value) => sum + value, 0)
  expect(total(counts.distances)).toBe(500)
  expect(total(counts.ranks)).toBe(500)
  expect(total(counts.maxima)).toBe(100)
})

test('percentile intervals agree with the closed form on a board of 60 tasks', () => {
  const table = board(3, 60)
  const problem = problemOf(table)
  const { contestants } = summarise(countResamples(problem, { from: 0, to: 6_000 }), problem)
  for (const [at, { low, high }] of contestants.entries()) {
    const closed = clusterT(cellsOf(table, at)) ?? { low: 0, high: 0 }
    const half = (closed.high - closed.low) / 2
    expect(Math.abs((low ?? 9) - closed.low)).toBeLessThan(0.12 * half)
    expect(Math.abs((high ?? 9) - closed.high)).toBeLessThan(0.12 * half)
  }
})

test('families are drawn whole: their interval is wider, by what the closed form says', () => {
  const spread = (families: number) => {
    const table = board(1, 60, { families })
    // Tasks of one family are alike: sorted by difficulty, then cut into blocks.
    const blocks = table.clusters.map((_, task) => Math.floor((task * families) / 60))
    const problem = problemOf({ ...table, clusters: blocks })
    const summary = summarise(countResamples(problem, { from: 0, to: 4_000 }), problem)
    const [{ low, high } = { low: 0, high: 0 }] = summary.contestants
    return { width: (high ?? 0) - (low ?? 0), error: problem.errors[0] ?? 0 }
  }
  const [alone, families] = [spread(60), spread(12)]
  expect(families.width).toBeGreaterThan(1.3 * alone.width)
  expect(families.width / alone.width).toBeCloseTo(families.error / alone.error, 0)
})

test('shares of being best add up to 1, split ties, and follow strength', () => {
  const problem = problemOf(board(4, 30, { step: 0.03 }))
  const { contestants } = summarise(countResamples(problem, { from: 0, to: 2_000 }), problem)
  expect(contestants.reduce((sum, { pBest }) => sum + pBest, 0)).toBeCloseTo(1, 12)
  expect(contestants[3]?.pBest).toBeGreaterThan(contestants[0]?.pBest ?? 1)
  const alike = board(1, 20)
  const twins = problemOf({
    ...alike,
    contestants: ['a', 'b'],
    n: new Int32Array(40).fill(5),
    sum: Float64Array.from([...alike.sum, ...alike.sum]),
    sumSquares: Float64Array.from([...alike.sumSquares, ...alike.sumSquares]),
    missing: new Int32Array(40),
  })
  const tied = summarise(countResamples(twins, { from: 0, to: 500 }), twins)
  expect(tied.contestants.map(({ pBest }) => pBest)).toEqual([0.5, 0.5])
  expect(tied.simultaneous).toBeNull()
})

test('permuting contestants permutes what resamples say of them', () => {
  const table = board(3, 20)
  const turned: ScoreTable = {
    ...table,
    sum: Float64Array.from(
      [2, 0, 1].flatMap((at) => [...table.sum.subarray(at * 20, at * 20 + 20)]),
    ),
  }
  const said = [table, turned].map((each) => {
    const problem = problemOf(each)
    return summarise(countResamples(problem, { from: 0, to: 1_000 }), problem)
  })
  const order = said[0]?.contestants ?? []
  expect(said[1]?.contestants).toEqual([order[2], order[0], order[1]])
})

test('the simultaneous quantile of 28 pairs lies between that of one pair and Bonferroni’s', () => {
  const problem = problemOf(board(8, 50))
  const { simultaneous } = summarise(countResamples(problem, { from: 0, to: 4_000 }), problem)
  expect(simultaneous).toBeGreaterThan(2.6)
  expect(simultaneous).toBeLessThan(3.5)
  const pair = problemOf(board(2, 50))
  const one = summarise(countResamples(pair, { from: 0, to: 4_000 }), pair)
  expect(one.simultaneous).toBeCloseTo(2.01, 0)
})

test('a contestant that lacks a task is not drawn, and without two clusters nobody is', () => {
  const table = board(3, 12)
  table.n[12 + 5] = 0
  expect(bootstrapProblem(table, 1)?.complete).toEqual([0, 2])
  expect(bootstrapProblem(board(2, 1), 1)).toBeNull()
})

test('a small board is drawn in slices, between which others have their turn', async () => {
  const problem = problemOf(board(8, 50))
  let turns = 0
  let drawing = true
  const take = () => {
    turns += 1
    if (drawing) setImmediate(take)
  }
  setImmediate(take)
  await runBootstrap(problem, { resamples: 10_000 })
  drawing = false
  expect(turns).toBeGreaterThanOrEqual(3)
})
