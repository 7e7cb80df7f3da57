import { expect, test } from 'vitest'
import { falseAlarms } from '../../test/support/false-alarms.ts'
import { falseFamilies, falsePairs } from '../../test/support/false-findings.ts'
import { intervalCoverage } from '../../test/support/interval-coverage.ts'

/** Small versions of `npm run validate`; bounds are four standard errors of so few boards. */

test('the default interval holds the rate of tasks like these, that of these tasks only does not', () => {
  const design = { rate: 0.22, icc: 0.5, tasks: 50, seeds: 5 }
  const found = intervalCoverage(design, { boards: 800, seed: 7 })
  const of = (name: string) => found.find(({ method }) => method === name)
  expect(of('design-effect Wilson')?.ofPopulation).toBeGreaterThan(92.5)
  expect(of('design-effect Wilson')?.ofPopulation).toBeLessThan(97.5)
  expect(of('cluster t')?.ofPopulation).toBeGreaterThan(91)
  expect(of('run-level Wilson')?.ofPopulation).toBeLessThan(80)
  expect(of('these tasks only')?.ofPopulation).toBeLessThan(70)
  expect(of('these tasks only')?.ofTheseTasks).toBeGreaterThan(90)
  expect(of('these tasks only')?.ofTheseTasks).toBeLessThan(98)
})

test('equal contestants are seldom called different', () => {
  const design = { tasks: 50, seeds: 5, rate: 0.3, icc: 0.5, own: 0.3 }
  const found = falsePairs(design, { boards: 150, seed: 8 })
  expect(found['paired t']).toBeLessThan(12.1)
  expect(found['sign-flip']).toBeLessThan(12.1)
  const families = falseFamilies(
    { ...design, contestants: 5 },
    { boards: 40, resamples: 200, seed: 9 },
  )
  expect(families.holm).toBeLessThan(18.8)
  expect(families.simultaneous).toBeLessThan(20)
})

test('looking after every round raises no false alarms with a confidence sequence, and many without', () => {
  const found = falseAlarms({ tasks: 20, rounds: 25, from: 2, boards: 200, seed: 10 })
  expect(found['confidence sequence']).toBeLessThanOrEqual(5)
  expect(found['three planned looks']).toBeLessThan(10.5)
  expect(found['ordinary intervals']).toBeGreaterThan(18)
  expect(found['sd of round means']).toBeGreaterThan(12)
})

test.each([
  ['one task', { tasks: 1, rate: 0.5 }],
  ['three tasks', { tasks: 3, rate: 0.5 }],
  ['hard tasks', { tasks: 20, rate: 0.05 }],
  ['a tenth missing', { tasks: 10, missing: 0.1 }],
])('nor do they on %s', (_, design) => {
  const found = falseAlarms({ rounds: 20, from: 2, boards: 400, seed: 11, ...design })
  expect(found['confidence sequence']).toBeLessThanOrEqual(5)
  expect(found['three planned looks']).toBeLessThan(9.5)
})
