import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Digest, newSweepId } from '../../core/ids.ts'
import { countTrials, trialsBetween } from '../contract/plan.ts'
import { cutManifest, roundSeeds, roundSizeOf } from '../contract/rounds.ts'
import {
  bareContestant,
  DEFAULT_LIMITS,
  type Manifest,
  SHARD_SIZE,
  type TaskRef,
} from '../contract/sweep.ts'
import { shardEnd, wholeRounds } from './rounds.ts'

const digest = `sha256:${'0'.repeat(64)}` as Digest
const taskAt = (index: number): TaskRef => ({
  name: `task-${index}`,
  digest,
  packageDigest: digest,
  resourceClass: 'small',
  category: '',
  family: '',
  agentTimeoutMs: 1,
  verifierTimeoutMs: 1,
  buildTimeoutMs: 1,
})

/** A sweep in as many blocks as it has been extended, of contestants and tasks that stay. */
function manifestOf(contestants: number, tasks: number, blocks: readonly number[]): Manifest {
  const shape = {
    contestants: Array.from({ length: contestants }, (_, at) =>
      bareContestant('nop', { name: `contestant-${at}` }),
    ),
    tasks: Array.from({ length: tasks }, (_, at) => taskAt(at)),
  }
  let seed = 0
  return {
    sweep: newSweepId(),
    name: 'a sweep',
    suite: { name: 'suite', version: '1.0.0', digest },
    blocks: blocks.map((count) => ({
      ...shape,
      seeds: Array.from({ length: count }, () => {
        seed += 1
        return seed
      }),
    })),
    limits: DEFAULT_LIMITS,
  }
}

const worlds = fc.record({
  contestants: fc.integer({ min: 2, max: 12 }),
  tasks: fc.integer({ min: 1, max: 70 }),
  blocks: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
})

/** Plan indices [from, to) of all shards, as a sweep admits them. */
function shardsOf(planned: number, roundSize: number | null): [from: number, to: number][] {
  const shards: [number, number][] = []
  for (let from = 0; from < planned; ) {
    const to = shardEnd(from, { planned, roundSize })
    shards.push([from, to])
    from = to
  }
  return shards
}

test('every contestant x task x seed is in one shard of one round, and a round is one seed of all', () => {
  fc.assert(
    fc.property(worlds, ({ contestants, tasks, blocks }) => {
      const manifest = manifestOf(contestants, tasks, blocks)
      const roundSize = roundSizeOf(manifest)
      expect(roundSize).toBe(contestants * tasks)
      const seeds = roundSeeds(manifest)
      const seen = new Set<string>()
      for (const [from, to] of shardsOf(countTrials(manifest), roundSize)) {
        expect(to - from).toBeGreaterThan(0)
        expect(to - from).toBeLessThanOrEqual(SHARD_SIZE)
        for (const { trial, index, seed } of trialsBetween(manifest, from, to)) {
          expect(seed).toBe(seeds[wholeRounds(index, roundSize)])
          seen.add(trial)
        }
        expect(wholeRounds(from, roundSize)).toBe(wholeRounds(to - 1, roundSize))
      }
      expect(seen.size).toBe(contestants * tasks * seeds.length)
    }),
    { numRuns: 40 },
  )
})

test('a round is cut into as few shards as can be, as even as can be', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5_000 }),
      fc.integer({ min: 1, max: 3 }),
      (size, rounds) => {
        const shards = shardsOf(size * rounds, size)
        expect(shards).toHaveLength(rounds * Math.ceil(size / SHARD_SIZE))
        const sizes = shards.map(([from, to]) => to - from)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      },
    ),
  )
})

test('a sweep without a rule fills its shards, as it always has', () => {
  expect(shardsOf(450, null)).toEqual([
    [0, 200],
    [200, 400],
    [400, 450],
  ])
})

test('cutting a plan after some rounds keeps the trials of these, in their places, and no others', () => {
  fc.assert(
    fc.property(worlds, fc.nat(), ({ contestants, tasks, blocks }, chosen) => {
      const manifest = manifestOf(contestants, tasks, blocks)
      const all = roundSeeds(manifest).length
      const rounds = 1 + (chosen % all)
      const cut = cutManifest(manifest, rounds)
      const size = rounds * roundSizeOf(manifest)
      expect(countTrials(cut)).toBe(size)
      expect(trialsBetween(cut, 0, size)).toEqual(trialsBetween(manifest, 0, size))
      expect(cutManifest(cut, rounds)).toEqual(cut)
      expect(() => cutManifest(manifest, all + 1)).toThrow(RangeError)
    }),
    { numRuns: 40 },
  )
})
