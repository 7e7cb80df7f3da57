import { expect, test } from 'vitest'
import type { PersistResultInput } from '../../coordinator/contract/activities.ts'
import type { Trial } from '../../coordinator/contract/sweep.ts'
import { madeManifest, madeResult, madeTrials } from '../../test/support/made-sweep.ts'
import { resultRows } from './result-rows.ts'

function results() {
  const trials: Trial[] = madeTrials(madeManifest({ tasks: 20, seeds: 3 }))
  return trials.map((trial) => madeResult(trial))
}

function withModel(result: PersistResultInput): PersistResultInput {
  const contestant = { ...result.trial.contestant, model: 'lab/fast' }
  return { ...result, trial: { ...result.trial, contestant } }
}

test('the same result gives the same rows', () => {
  for (const result of results()) {
    expect(resultRows(result, true)).toEqual(resultRows(structuredClone(result), true))
  }
})

test('a missing trial has no score at all, and an unknown cost is not zero', () => {
  const missing = results()
    .filter(({ outcome }) => outcome === 'infra-failed')
    .map(withModel)
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

test('an agent without a model used nothing, which is known', () => {
  for (const result of results().filter(({ trial }) => trial.contestant.model === null)) {
    const { results: rows, attempts } = resultRows(result, true)
    expect(rows[0]).toMatchObject({ cost_micros: 0 })
    expect(attempts[0]).toMatchObject({ calls: 0, input_tokens: 0, cost_micros: 0 })
  }
})

test('a trial costs what its attempts cost, and what one of them cost must be known', () => {
  const result = results().find(({ attempts }) => (attempts[0]?.usage?.costMicros ?? 0) > 0)
  const [first] = result?.attempts ?? []
  if (result === undefined || first?.usage == null) throw new Error('no result')
  const cost = first.usage.costMicros ?? 0
  const twice = { ...result, attempts: [first, { ...first, attempt: 2 }] }
  expect(resultRows(twice, true).results[0]).toMatchObject({ cost_micros: 2 * cost })
  const lost = {
    ...result,
    attempts: [
      { ...first, usage: null },
      { ...first, attempt: 2 },
    ],
  }
  expect(resultRows(lost, true).results[0]).toMatchObject({ cost_micros: null })
})

test('what makes a contestant what it is stands beside every result', () => {
  const [result] = results()
  if (result === undefined) throw new Error('no result')
  const contestant = {
    ...result.trial.contestant,
    agentVersion: '2.1.0',
    model: 'lab/fast',
    parameters: { temperature: 0 },
  }
  const rows = resultRows({ ...result, trial: { ...result.trial, contestant } }, true).results
  expect(rows[0]).toMatchObject({
    agent_version: '2.1.0',
    model: 'lab/fast',
    parameters: '{"temperature":0}',
  })
})
