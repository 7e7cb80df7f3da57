import { expect, test } from 'vitest'
import type { Trial } from '../../coordinator/contract/sweep.ts'
import { madeManifest, madeResult, madeTrials } from '../../test/support/made-sweep.ts'
import { resultRows } from './result-rows.ts'

function results() {
  const trials: Trial[] = madeTrials(madeManifest({ tasks: 20, seeds: 3 }))
  return trials.map((trial) => madeResult(trial))
}

test('the same result gives the same rows', () => {
  for (const result of results()) {
    expect(resultRows(result, true)).toEqual(resultRows(structuredClone(result), true))
  }
})

test('a missing trial has no score at all, and an unknown cost is not zero', () => {
  const missing = results().filter(({ outcome }) => outcome === 'infra-failed')
  expect(missing.length).toBeGreaterThan(0)
  for (const result of missing) {
    const { results: rows, checks, attempts } = resultRows(result, true)
    expect(rows[0]).toMatchObject({ scored: false, pass: null, score_micros: null })
    expect(rows[0]).toMatchObject({ cost_micros: null, wall_ms: null })
    expect(checks).toEqual([])
    expect(attempts[0]).toMatchObject({ cost_micros: null, started_at: null })
  }
})

test('an outcome that would be scored has no score without a verdict', () => {
  const [result] = results()
  if (result === undefined) throw new Error('no result')
  const rows = resultRows({ ...result, outcome: 'agent-timeout', verdict: null }, true).results
  expect(rows[0]).toMatchObject({ scored: false, score_micros: null })
})

test('wall time counts each millisecond once and leaves the queue out', () => {
  const result = results().find(({ outcome }) => outcome === 'scored')
  if (result === undefined) throw new Error('no result')
  const agentMs = result.attempts[0]?.phases.agentMs ?? 0
  expect(resultRows(result, true).results[0]).toMatchObject({ wall_ms: agentMs + 1_200 })
})
