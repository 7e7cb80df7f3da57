import { randomUUID } from 'node:crypto'
import type { Block, Manifest } from '../coordinator/contract/sweep.ts'
import { addedSeeds } from './seeds.ts'

/** What `extend` did to a manifest; the same manifest when the sweep has these seeds already. */
export interface Extension {
  readonly manifest: Manifest
  /** Ascending; for a sweep of several shapes, those new to at least one. */
  readonly seeds: readonly number[]
}

/**
 * Appends what is missing so that every contestant meets every task it met before under further seeds.
 * Earlier trials keep their places; the new ones follow.
 *
 * @param text as {@link addedSeeds} reads it; `+2` counts from the sweep's highest seed.
 */
export function extendManifest(manifest: Manifest, text: string): Extension {
  const all = [...new Set(manifest.blocks.flatMap(({ seeds }) => seeds))]
  const wanted = text.trim().startsWith('+') ? addedSeeds(all, text) : addedSeeds([], text)
  const shapes = Map.groupBy(manifest.blocks, shapeOf)
  const added = [...shapes.values()].flatMap(([first, ...rest]): Block[] => {
    if (first === undefined) return []
    const present = new Set([first, ...rest].flatMap(({ seeds }) => seeds))
    const seeds = wanted.filter((seed) => !present.has(seed))
    return seeds.length === 0 ? [] : [{ ...first, seeds }]
  })
  const seeds = [...new Set(added.flatMap((block) => block.seeds))].sort((a, b) => a - b)
  if (seeds.length === 0) return { manifest, seeds }
  const blocks = [...manifest.blocks, ...added]
  return { manifest: { ...manifest, blocks, extension: randomUUID() }, seeds }
}

/** Blocks of equal shape are rounds of the same plan. */
function shapeOf({ contestants, tasks }: Block): string {
  return JSON.stringify([contestants.map(({ name }) => name), tasks.map(({ name }) => name)])
}
