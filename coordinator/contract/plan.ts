import { trialIdOf } from '../../core/ids.ts'
import type { Block, Manifest, Trial } from './sweep.ts'

/**
 * A manifest's trials are counted off without being written down: block after block, in each block
 * one seed of every task for every contestant before the next seed. Rounds are whole when a sweep
 * stops early, and extending a sweep by a block leaves all earlier indices as they are.
 */
export function countTrials(manifest: Pick<Manifest, 'blocks'>): number {
  return manifest.blocks.reduce((sum, block) => sum + sizeOf(block), 0)
}

/** @throws RangeError when the manifest has no such index. */
export function trialAt(manifest: Manifest, index: number): Trial {
  let rest = index
  for (const block of manifest.blocks) {
    const size = sizeOf(block)
    if (rest < size) return inBlock(manifest, block, rest, index)
    rest -= size
  }
  throw new RangeError(`The manifest has ${countTrials(manifest)} trials, none at ${index}.`)
}

/** Trials of plan indices [from, to). */
export function trialsBetween(manifest: Manifest, from: number, to: number): Trial[] {
  return Array.from({ length: to - from }, (_, offset) => trialAt(manifest, from + offset))
}

const sizeOf = ({ contestants, tasks, seeds }: Block): number =>
  contestants.length * tasks.length * seeds.length

function inBlock({ sweep }: Manifest, block: Block, place: number, index: number): Trial {
  const { contestants, tasks, seeds } = block
  const contestant = nth(contestants, place % contestants.length)
  const task = nth(tasks, Math.floor(place / contestants.length) % tasks.length)
  const seed = nth(seeds, Math.floor(place / (contestants.length * tasks.length)))
  const trial = trialIdOf(sweep, contestant.name, task.name, seed)
  return { sweep, trial, index, contestant, task, seed }
}

function nth<Item>(items: readonly Item[], index: number): Item {
  const item = items[index]
  if (item === undefined) throw new RangeError(`No item ${index} of ${items.length}.`)
  return item
}
