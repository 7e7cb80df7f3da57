import fc from 'fast-check'
import { expect, test } from 'vitest'
import { verdictOf } from './verdict.ts'

const verdict = (files: Record<string, unknown>) =>
  verdictOf({
    files: new Map(
      Object.entries(files).map(([name, content]) => [
        name,
        Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)),
      ]),
    ),
    output: 'x'.repeat(5_000),
    warnings: [],
  })

test('a score is an integer from 0 to a million, whatever number a verifier writes', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (reward) => {
      const { scoreMicros, pass, warnings } = verdict({ 'reward.json': { reward } })
      expect(Number.isInteger(scoreMicros)).toBe(true)
      expect(scoreMicros).toBeGreaterThanOrEqual(0)
      expect(scoreMicros).toBeLessThanOrEqual(1_000_000)
      expect(pass).toBe(scoreMicros === 1_000_000)
      expect(warnings.length).toBe(reward < 0 || reward > 1 ? 1 : 0)
    }),
  )
})

test('what a verifier prints is shown in part and never read', () => {
  expect(verdict({ 'reward.txt': '0' }).output).toHaveLength(2_000)
})

test('without details every reward is a check', () => {
  const { checks } = verdict({ 'reward.json': { builds: 1, fast: 0.5 } })
  expect(checks.map(({ id, verdict }) => [id, verdict])).toEqual([
    ['builds', 'pass'],
    ['fast', 'fail'],
  ])
})

test('checks of a ctrf report have unique ids and short evidence', () => {
  const test = { name: 'it works', status: 'failed', message: 'e'.repeat(9_000) }
  const ctrf = {
    results: { tests: [test, { ...test, status: 'passed' }, { ...test, status: 'skipped' }] },
  }
  const { checks } = verdict({ 'reward.txt': '0', 'ctrf.json': ctrf })
  expect(checks.map(({ id }) => id)).toEqual(['it works', 'it works (2)', 'it works (3)'])
  expect(checks.map(({ verdict }) => verdict)).toEqual(['fail', 'pass', 'ungraded'])
  expect(checks[0]?.evidence).toHaveLength(500)
})

test('details go before a ctrf report, and malformed ones are said and passed over', () => {
  const check = { id: 'deployed', dimension: 'deployment', points: 30, verdict: 'pass' }
  const ctrf = { results: { tests: [{ name: 'unit', status: 'passed' }] } }
  const good = verdict({
    'reward.txt': '1',
    'reward-details.json': { checks: [check] },
    'ctrf.json': ctrf,
  })
  expect(good.checks).toEqual([{ ...check, evidence: '' }])
  const bad = verdict({
    'reward.txt': '1',
    'reward-details.json': { checks: [{ ...check, verdict: 'great' }] },
    'ctrf.json': ctrf,
  })
  expect(bad.checks.map(({ id }) => id)).toEqual(['unit'])
  expect(bad.warnings[0]).toContain('reward-details.json is ignored: checks.0.verdict')
})
