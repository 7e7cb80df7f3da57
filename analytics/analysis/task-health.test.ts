import { expect, test } from 'vitest'
import { ResultsCollector } from '../results/collect-results.ts'
import type { RawRow } from '../results/trial-row.ts'
import { taskHealth } from './task-health.ts'

/** Trials of an agent on one task, a `1` for each that passes. */
const trials = (contestant: string, passes: string): RawRow[] =>
  [...passes].map((pass, at) => ({ contestant, task: 't', seed: at + 1, score: Number(pass) }))

function healthOf(...rows: readonly RawRow[][]) {
  const collector = new ResultsCollector()
  for (const [at, row] of rows.flat().entries()) collector.add(row, `line ${at}`)
  const [task] = taskHealth(collector.finish('made'))
  const flags = task?.flags.map(({ flag }) => flag)
  return { reference: task?.reference, flags, solveRate: task?.solveRate }
}

test('known right solutions are counted together, and bound what goes wrong without a fault of theirs', () => {
  const { reference, flags } = healthOf(
    trials('oracle', '1111111'),
    trials('alternative', '111'),
    trials('loop', '01'),
  )
  expect(reference).toMatchObject({ trials: 10, passed: 10 })
  expect(reference?.failsAtMost).toBeCloseTo(1 - 0.05 ** (1 / 10), 10)
  expect(flags).toEqual([])
})

test('a right solution that passes at times is flaky, one that never passes fails', () => {
  const sometimes = healthOf(trials('oracle', '1101'), trials('loop', '01'))
  expect(sometimes.flags).toEqual(['flaky'])
  expect(sometimes.reference).toMatchObject({ trials: 4, passed: 3 })
  expect(sometimes.reference?.failsAtMost).toBeCloseTo(0.7514, 4)
  expect(sometimes.solveRate).toBe(0.5)
  const never = healthOf(trials('alternative', '00'), trials('loop', '01'))
  expect(never.flags).toEqual(['alternative-fails'])
})

test('without a right solution nothing is said of the verifier', () => {
  expect(healthOf(trials('loop', '01'), trials('nop', '0')).reference).toBeNull()
})
