import { expect, test } from 'vitest'
import { meansOf } from '../statistics/score-table.ts'
import { ResultsCollector } from './collect-results.ts'
import { poolResults } from './pool-results.ts'
import type { Results } from './results.ts'
import type { RawRow } from './trial-row.ts'

function collected(rows: readonly RawRow[]): Results {
  const collector = new ResultsCollector()
  for (const [at, row] of rows.entries()) collector.add(row, `line ${at}`)
  return collector.finish('made')
}

const OLD = collected([
  { contestant: 'a', task: 't1', seed: 1, score: 1, wallSeconds: 10 },
  { contestant: 'a', task: 't1', seed: 2, score: 0, wallSeconds: 10 },
  { contestant: 'a', task: 't2', seed: 1, score: 1 },
  { contestant: 'b', task: 't1', seed: 1, outcome: 'ungraded' },
  { contestant: 'b', task: 't1', seed: 2, outcome: 'cancelled' },
])
const NEW = collected([
  { contestant: 'a', task: 't1', seed: 1, score: 1, wallSeconds: 50 },
  { contestant: 'c', task: 't1', seed: 1, score: 0.5 },
])
const all = (results: Results) => new Set(results.tasks.map(({ name }) => name))

test('a contestant of several sweeps is one, its trials of a task added up', () => {
  const pooled = poolResults([
    { results: OLD, tasks: all(OLD) },
    { results: NEW, tasks: all(NEW) },
  ])
  expect(pooled.contestants.map(({ name }) => name)).toEqual(['a', 'b', 'c'])
  expect([...pooled.scores.n]).toEqual([3, 1, 0, 0, 1, 0])
  expect(meansOf(pooled.scores)[0]).toBeCloseTo(2 / 3, 12)
})

test('what no task is to blame for is not missing; the median time is that of most trials', () => {
  const pooled = poolResults([
    { results: OLD, tasks: all(OLD) },
    { results: NEW, tasks: all(NEW) },
  ])
  expect([...pooled.scores.missing]).toEqual([0, 0, 1, 0, 0, 0])
  expect([...pooled.missing.cancelled]).toEqual([0, 0, 0, 0, 0, 0])
  expect(pooled.tasks[0]?.medianWallSeconds).toBe(10)
})

test('tasks that do not count add nothing', () => {
  const pooled = poolResults([
    { results: OLD, tasks: new Set(['t2']) },
    { results: NEW, tasks: all(NEW) },
  ])
  expect(pooled.tasks.map(({ name }) => name)).toEqual(['t1', 't2'])
  expect([...pooled.scores.n]).toEqual([1, 1, 0, 0, 1, 0])
})

test('simulated contestants are left out, and namesakes with another model are told apart', () => {
  const named = (model: string, simulated = false): Results => ({
    ...NEW,
    contestants: NEW.contestants.map((facts) =>
      facts.name === 'a' ? { ...facts, agent: 'loop', model, simulated } : facts,
    ),
  })
  const pooled = poolResults(
    [named('lab/x'), named('lab/y'), named('lab/z', true)].map((results) => ({
      results,
      tasks: all(results),
    })),
  )
  expect(pooled.contestants.map(({ name }) => name)).toEqual([
    'a (loop, lab/x)',
    'a (loop, lab/y)',
    'c',
  ])
  expect([...pooled.scores.n]).toEqual([1, 1, 3])
})
