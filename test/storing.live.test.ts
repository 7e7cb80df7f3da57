import { expect, test } from 'vitest'
import { Failure } from '../core/failure.ts'
import { eventually } from './support/eventually.ts'
import { scriptedManifest } from './support/scripted-manifest.ts'
import { scriptedStage } from './support/scripted-stage.ts'

const stage = scriptedStage()

test('results that wait for storage hold up no trial, and are stored once, many with one call', async () => {
  let ran = 0
  let refused = 0
  stage.farm.script = {
    run: async () => {
      ran += 1
      return {}
    },
    // The database is away until all trials have run.
    persist: async () => {
      if (ran === 12) return
      refused += 1
      throw new Failure('engine.unreachable', 'The database is away.')
    },
  }
  const manifest = scriptedManifest({ contestants: 1, tasks: 3, seeds: 4 }, { concurrency: 1 })
  const { counts } = await (await stage.farm.submit(manifest)).result()
  expect(counts.scored).toBe(12)
  expect(refused).toBeGreaterThan(0)
  expect(new Set(stage.farm.results.map(({ trial }) => trial.trial)).size).toBe(12)
  expect(stage.farm.results).toHaveLength(12)
  expect(stage.farm.storageCalls.toSorted((a, b) => a - b)).toEqual([1, 11])
  expect(stage.farm.lastCalls).toEqual([11])
})

test('the last results of a shard wait for no call that is under way', async () => {
  const stored: number[] = []
  stage.farm.script = {
    persist: async ({ trial }) => {
      if (trial.seed === 1) await eventually('all others are stored', () => stored.length === 3)
      stored.push(trial.seed)
    },
  }
  const manifest = scriptedManifest({ contestants: 1, tasks: 1, seeds: 4 }, { concurrency: 1 })
  await (await stage.farm.submit(manifest)).result()
  expect(stored).toEqual([2, 3, 4, 1])
  expect(stage.farm.storageCalls).toEqual([3, 1])
  expect(stage.farm.lastCalls).toEqual([3])
})

test('the only result of a shard is its last', async () => {
  stage.farm.script = {}
  const manifest = scriptedManifest({ contestants: 1, tasks: 1, seeds: 1 })
  await (await stage.farm.submit(manifest)).result()
  expect(stage.farm.lastCalls).toEqual([1])
})

test('a result whose events are long in coming holds up no other', async () => {
  const stored: number[] = []
  stage.farm.script = {
    isLate: ({ trial }) => trial.seed === 1,
    persist: async ({ trial }) => {
      if (trial.seed === 1) await eventually('all others are stored', () => stored.length === 5)
      stored.push(trial.seed)
    },
  }
  const manifest = scriptedManifest({ contestants: 1, tasks: 1, seeds: 6 }, { concurrency: 1 })
  await (await stage.farm.submit(manifest)).result()
  expect(stored.at(-1)).toBe(1)
  expect(stage.farm.results.map(({ trial }) => trial.seed).toSorted()).toEqual([1, 2, 3, 4, 5, 6])
})

test('results too long for one call take several, and one too long for any has its own', async () => {
  const output = 'x'.repeat(150_000)
  let graded = 0
  stage.farm.script = {
    grade: async ({ trial }) => {
      graded += 1
      return { output: trial.seed === 3 ? output.repeat(4) : output }
    },
    persist: () => eventually('all are graded', () => graded === 7),
  }
  const manifest = scriptedManifest({ contestants: 1, tasks: 1, seeds: 7 }, { concurrency: 1 })
  await (await stage.farm.submit(manifest)).result()
  const seeds = stage.farm.results.map(({ trial }) => trial.seed)
  expect(seeds.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7])
  expect(stage.farm.storageCalls.toSorted((a, b) => a - b)).toEqual([1, 1, 1, 2, 2])
})
