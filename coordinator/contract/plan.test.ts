import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Digest, newSweepId } from '../../core/ids.ts'
import { countTrials, trialsBetween } from './plan.ts'
import { type Block, bareContestant, DEFAULT_LIMITS, type Manifest } from './sweep.ts'

const digest = `sha256:${'0'.repeat(64)}` as Digest

const blockOf = (contestants: number, tasks: number, seeds: readonly number[]): Block => ({
  contestants: Array.from({ length: contestants }, (_, index) =>
    bareContestant('nop', { name: `contestant-${index}` }),
  ),
  tasks: Array.from({ length: tasks }, (_, index) => ({
    name: `task-${index}`,
    digest,
    packageDigest: digest,
    resourceClass: 'small',
    category: '',
    family: '',
    agentTimeoutMs: 1,
    verifierTimeoutMs: 1,
    buildTimeoutMs: 1,
  })),
  seeds,
})

const manifestOf = (...blocks: Block[]): Manifest => ({
  sweep: newSweepId(),
  name: 'a sweep',
  suite: { name: 'suite', version: '1.0.0', digest },
  blocks,
  limits: DEFAULT_LIMITS,
})

const sizes = fc.tuple(
  fc.integer({ min: 1, max: 5 }),
  fc.integer({ min: 1, max: 7 }),
  fc.integer({ min: 1, max: 6 }),
)
const seedsUpTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

test('every contestant x task x seed is counted off exactly once', () => {
  fc.assert(
    fc.property(sizes, ([contestants, tasks, seeds]) => {
      const manifest = manifestOf(blockOf(contestants, tasks, seedsUpTo(seeds)))
      const trials = trialsBetween(manifest, 0, countTrials(manifest))
      expect(new Set(trials.map(({ trial }) => trial)).size).toBe(contestants * tasks * seeds)
      expect(trials.map(({ index }) => index)).toEqual(trials.map((_, index) => index))
    }),
  )
})

test('extending a sweep moves no trial and names no trial twice', () => {
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 3 }), ([contestants, tasks, seeds], more) => {
      const first = manifestOf(blockOf(contestants, tasks, seedsUpTo(seeds)))
      const added = seedsUpTo(seeds + more).slice(seeds)
      const longer = { ...first, blocks: [...first.blocks, blockOf(contestants, tasks, added)] }
      const before = trialsBetween(first, 0, countTrials(first))
      const after = trialsBetween(longer, 0, countTrials(longer))
      expect(after.slice(0, before.length)).toEqual(before)
      expect(new Set(after.map(({ trial }) => trial)).size).toBe(after.length)
    }),
  )
})

test('a seed is a whole round: all tasks of all contestants come before the next seed', () => {
  const manifest = manifestOf(blockOf(3, 4, [7, 9]))
  const seeds = trialsBetween(manifest, 0, 24).map(({ seed }) => seed)
  expect(seeds).toEqual([...Array(12).fill(7), ...Array(12).fill(9)])
})

test('an index outside of the plan is refused', () => {
  expect(() => trialsBetween(manifestOf(blockOf(1, 1, [1])), 0, 2)).toThrow(RangeError)
})
