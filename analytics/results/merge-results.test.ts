import { expect, test } from 'vitest'
import { meansOf } from '../statistics/score-table.ts'
import { ResultsCollector } from './collect-results.ts'
import { mergeResults } from './merge-results.ts'
import { dataVersion, type Results } from './results.ts'
import { differencesBetween, type TaskConditions } from './sweep-conditions.ts'
import type { RawRow } from './trial-row.ts'

function collected(rows: readonly RawRow[]): Results {
  const collector = new ResultsCollector()
  for (const [at, row] of rows.entries()) collector.add(row, `line ${at}`)
  return collector.finish('made')
}

const OLD = [
  { contestant: 'a', task: 't1', seed: 1, score: 1, costUsd: 2, dimensions: { quality: 1 } },
  { contestant: 'a', task: 't3', seed: 1, score: 0.25 },
  { contestant: 'b', task: 't1', seed: 1, outcome: 'ungraded' },
]
const NEW = [
  { contestant: 'a', task: 't1', seed: 1, score: 0.5 },
  { contestant: 'c', task: 't2', seed: 1, score: 0 },
]

test('sweeps together have all contestants on all tasks, those of both told apart', () => {
  const merged = mergeResults([
    { name: 'old', results: collected(OLD) },
    { name: 'new', results: collected(NEW) },
  ])
  expect(merged.contestants.map(({ name }) => name)).toEqual(['a @ new', 'a @ old', 'b', 'c'])
  expect(merged.tasks.map(({ name }) => name)).toEqual(['t1', 't2', 't3'])
  const missing = Number.NaN
  expect([...meansOf(merged.scores)]).toEqual(
    [
      [0.5, missing, missing],
      [1, missing, 0.25],
      [missing, missing, missing],
      [missing, 0, missing],
    ].flat(),
  )
  expect([...merged.missing.ungraded]).toEqual([0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0])
  expect(merged.costUsd[3]).toBe(2)
  expect(merged.dimensions.get('quality')?.n[3]).toBe(1)
})

test('merged results are those of all rows read at once', () => {
  const renamed = NEW.map((row) => ({ ...row, contestant: `new-${row.contestant}` }))
  const together = collected([...OLD, ...renamed])
  const merged = mergeResults([
    { name: 'old', results: collected(OLD) },
    { name: 'new', results: collected(renamed) },
  ])
  expect(dataVersion(merged)).toBe(dataVersion(together))
})

test('sweeps whose tasks, limits or graders differ are told apart by what differs', () => {
  const task = (change: Partial<TaskConditions> = {}): TaskConditions => ({
    task: 't',
    digest: 'sha256:aa',
    agentTimeoutSeconds: 600,
    verifierTimeoutSeconds: 60,
    cpuLimits: [2],
    memoryLimitsBytes: [2 ** 31],
    graderVersions: ['1'],
    ...change,
  })
  expect(differencesBetween([task()], [task(), task({ task: 'other', digest: 'x' })])).toEqual([])
  expect(differencesBetween([task()], [task({ graderVersions: [] })])).toEqual([])
  expect(differencesBetween([task()], [task({ digest: 'sha256:bb' })])).toEqual([
    'task t: content sha256:aa and sha256:bb',
  ])
  expect(
    differencesBetween(
      [task()],
      [
        task({
          agentTimeoutSeconds: 900,
          memoryLimitsBytes: [2 ** 30],
          graderVersions: ['1', '2'],
        }),
      ],
    ),
  ).toEqual([
    'task t: agent timeout 600 s and 900 s',
    'task t: memory limit 2048 MiB and 1024 MiB',
    'task t: grader version 1 and 1, 2',
  ])
  expect(differencesBetween([task()], [task({ task: 'u' })])).toEqual(['they share no task'])
})
