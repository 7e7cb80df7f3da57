import type { Block, Manifest } from './sweep.ts'

/**
 * Trials of one round: one seed of every task for every contestant. Blocks of a sweep that may stop
 * early all have the same contestants and tasks, so all its rounds are as large.
 */
export function roundSizeOf({ blocks }: Pick<Manifest, 'blocks'>): number {
  return Math.max(0, ...blocks.map(({ contestants, tasks }) => contestants.length * tasks.length))
}

/** The seeds of all rounds, in the order in which they are run. */
export function roundSeeds({ blocks }: Pick<Manifest, 'blocks'>): number[] {
  return blocks.flatMap(({ seeds }) => seeds)
}

/**
 * The plan that ends after so many rounds. Trials keep their places.
 *
 * @throws RangeError when the manifest has fewer rounds.
 */
export function cutManifest(manifest: Manifest, rounds: number): Manifest {
  const blocks: Block[] = []
  let left = rounds
  for (const block of manifest.blocks) {
    const seeds = block.seeds.slice(0, left)
    if (seeds.length > 0) blocks.push({ ...block, seeds })
    left -= seeds.length
  }
  if (left > 0) throw new RangeError(`The manifest has ${rounds - left} rounds, not ${rounds}.`)
  return { ...manifest, blocks }
}
