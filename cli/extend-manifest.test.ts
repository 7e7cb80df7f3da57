import { expect, test } from 'vitest'
import { countTrials, trialAt } from '../coordinator/contract/plan.ts'
import {
  type Block,
  bareContestant,
  DEFAULT_LIMITS,
  type Manifest,
  type TaskRef,
} from '../coordinator/contract/sweep.ts'
import { digestOf, newSweepId } from '../core/ids.ts'
import { memoryBlobs } from '../test/support/memory-blobs.ts'
import { extendManifest } from './extend-manifest.ts'
import { storeManifest } from './make-manifest.ts'

const task = (name: string): TaskRef => ({
  name,
  digest: digestOf(name),
  packageDigest: digestOf(name),
  resourceClass: 'small',
  category: '',
  family: '',
  agentTimeoutMs: 1,
  verifierTimeoutMs: 1,
  buildTimeoutMs: 1,
})
const manifestOf = (...blocks: Block[]): Manifest => ({
  sweep: newSweepId(),
  name: 'test',
  suite: { name: 'test', version: '1', digest: digestOf('suite') },
  blocks,
  limits: DEFAULT_LIMITS,
})
const plain = manifestOf({
  contestants: [bareContestant('a'), bareContestant('b')],
  tasks: [task('x'), task('y'), task('z')],
  seeds: [1, 2, 3],
})

test('earlier trials keep their places, and the new ones are of new seeds only', () => {
  const { manifest, seeds } = extendManifest(plain, '+2')
  expect(seeds).toEqual([4, 5])
  expect(countTrials(manifest)).toBe(2 * 3 * 5)
  for (let index = 0; index < countTrials(plain); index++) {
    expect(trialAt(manifest, index)).toEqual(trialAt(plain, index))
  }
  for (let index = countTrials(plain); index < countTrials(manifest); index++) {
    expect([4, 5]).toContain(trialAt(manifest, index).seed)
  }
})

test('no trial is planned twice, however often a sweep is extended', () => {
  const extensions = ['+1', '5', '2,4,9,', '+3', '5']
  const last = extensions.reduce((before, text) => extendManifest(before, text).manifest, plain)
  const trials = Array.from({ length: countTrials(last) }, (_, index) => trialAt(last, index).trial)
  expect(new Set(trials).size).toBe(trials.length)
  expect(new Set(last.blocks.flatMap((block) => block.seeds))).toEqual(
    new Set([1, 2, 3, 4, 5, 9, 10, 11, 12]),
  )
})

test('two extensions of one plan are two plans, though both add the same seed', async () => {
  const blobs = memoryBlobs()
  const digests = ['+1', '+1'].map(async (seeds) => {
    const { digest } = await storeManifest(blobs, extendManifest(plain, seeds).manifest)
    return digest
  })
  expect(new Set(await Promise.all(digests)).size).toBe(2)
})

test('seeds that a sweep has already change nothing', () => {
  expect(extendManifest(plain, '3')).toEqual({ manifest: plain, seeds: [] })
})

test('a sweep whose contestants met different tasks is brought to the same seeds', () => {
  const mixed = manifestOf(
    { contestants: [bareContestant('a')], tasks: [task('x'), task('y')], seeds: [1, 2] },
    { contestants: [bareContestant('b')], tasks: [task('x')], seeds: [1] },
  )
  const { manifest } = extendManifest(mixed, '2')
  expect(manifest.blocks.slice(2)).toEqual([
    { contestants: [bareContestant('b')], tasks: [task('x')], seeds: [2] },
  ])
})
