import { expect, test } from 'vitest'
import { isSweepId } from '../core/ids.ts'
import type { BoardEntry } from './analysis/analysis-document.ts'
import type { Leaderboard } from './leaderboard.ts'
import { leaderboardText } from './leaderboard-text.ts'
import { designEffectWilson } from './statistics/design-effect-wilson.ts'
import { MICRO } from './statistics/task-cell.ts'

function entry(contestant: string, passed: number, change: Partial<BoardEntry> = {}): BoardEntry {
  const cells = Array.from({ length: 20 }, (_, task) => ({
    task: `task-${task}`,
    n: 1,
    sumMicros: task < passed ? MICRO : 0,
    sumSquares: 0,
    missing: 0,
  }))
  return {
    contestant,
    agent: contestant,
    model: null,
    simulated: false,
    mean: passed / 20,
    interval: designEffectWilson(cells),
    theseTasks: null,
    conservative: null,
    bounds: null,
    complete: change.tasks === undefined,
    rank: change.tasks === undefined ? (contestant === 'oracle' ? 1 : 2) : null,
    rankSet: null,
    pBest: null,
    bootstrap: null,
    tasks: 20,
    plannedTasks: 20,
    valid: 20,
    planned: 20,
    missing: { infraFailed: 0, ungraded: 0, cancelled: 0, unfinished: 0 },
    medianWallSeconds: 12.34,
    medianTokens: null,
    meanCostUsd: null,
    unknownCosts: 0,
    costPerSolve: null,
    costPerTrial: null,
    ...change,
  }
}

function board(...passFail: BoardEntry[]): Leaderboard {
  const sweep = '019a0000-0000-7000-8000-000000000000'
  if (!isSweepId(sweep)) throw new Error('no id')
  const counts = { planned: 40, finished: 40, unfinished: 0, valid: 40, passed: 20 }
  const missing = { infraFailed: 0, ungraded: 0, cancelled: 0, retried: 0 }
  const names = { sweep, name: 'nightly', suite: 'smoke', suiteVersion: '1', status: 'finished' }
  const times = { startedAt: '', finishedAt: null, lastResultAt: null, stopped: null }
  return {
    sweep: { ...names, ...counts, ...missing, ...times },
    passFail,
    partialCredit: [],
    dimensions: [],
    slices: [],
    dataVersion: 'made',
    comparisons: [],
    stopping: [],
  }
}

test('median tokens are shown where models were asked, and what is unknown is no zero', () => {
  const text = leaderboardText(
    board(
      entry('loop+fast', 0.5, { medianTokens: 61_900 }),
      entry('oracle', 1, { medianTokens: 0 }),
      entry('loop+lost', 0.4, { medianTokens: null }),
    ),
  )
  expect(text).toMatch(/tokens/)
  expect(text).toMatch(/loop\+fast .* 62k/)
  expect(text).toMatch(/loop\+lost .* unknown/)
  expect(leaderboardText(board(entry('oracle', 1, { medianTokens: 0 })))).not.toMatch(/tokens/)
})

test('a board says what its intervals are, and marks who is simulated', () => {
  const text = leaderboardText(board(entry('oracle', 19), entry('sim/mid', 9, { simulated: true })))
  expect(text).toContain('95% interval over tasks like these, design-effect Wilson')
  expect(text).toMatch(/1 {2}oracle +95\.0 % +\d+\.\d – \d+\.\d % ~ +20\/20/)
  expect(text).toMatch(/2 {2}sim\/mid \(simulated\) +45\.0 %/)
  expect(text).toContain('drawn by chance')
  expect(text).toContain('~ rough')
})

test('missing trials show by class, and a contestant that lacks tasks has no rank', () => {
  const missing = { infraFailed: 2, ungraded: 0, cancelled: 1, unfinished: 0 }
  const text = leaderboardText(board(entry('oracle', 10, { missing, tasks: 19, valid: 17 })))
  expect(text).toMatch(/– {2}oracle .* 19\/20 +17\/20 +2 infra-failed, 1 cancelled/)
})

test('a board without trials has dashes and no zeros', () => {
  const text = leaderboardText(
    board(entry('oracle', 0, { mean: null, interval: null, tasks: 0, medianWallSeconds: null })),
  )
  expect(text).toMatch(/– {2}oracle +– +– +0\/20/)
})

test('a trial’s cost shows beside contestants with a model, and what is unknown says so', () => {
  const model = 'lab/fast'
  const text = leaderboardText(
    board(
      entry('loop', 15, { model, meanCostUsd: 0.25 }),
      entry('partly', 14, { model, meanCostUsd: 0.0123, unknownCosts: 3 }),
      entry('mystery', 13, { model, unknownCosts: 20 }),
      entry('nop', 0),
    ),
  )
  expect(text).toMatch(/median +cost$/m)
  expect(text).toMatch(/loop .* \$0\.25$/m)
  expect(text).toMatch(/partly .* \$0\.0123 \?$/m)
  expect(text).toMatch(/mystery .* unknown$/m)
  expect(text).toMatch(/nop .* –$/m)
  expect(text).toContain('the cost of some trials is unknown')
  expect(leaderboardText(board(entry('nop', 0)))).not.toContain('cost')
})

test('columns are aligned to the character', () => {
  const text = leaderboardText(board(entry('oracle', 20), entry('nop', 0)))
  const lines = text.split('\n').slice(3, 7)
  const [head = '', , first = '', second = ''] = lines
  const end = head.indexOf('pass rate') + 'pass rate'.length
  expect(first.slice(0, end)).toMatch(/100\.0 %$/)
  expect(second.slice(0, end)).toMatch(/ 0\.0 %$/)
})
