import {
  bareContestant,
  DEFAULT_LIMITS,
  type Manifest,
  type SweepLimits,
} from '../../coordinator/contract/sweep.ts'
import { digestOf, newSweepId } from '../../core/ids.ts'
import { taskRef } from './task-ref.ts'

export interface ManifestSize {
  readonly contestants: number
  readonly tasks: number
  readonly seeds: number
}

/** The plan of a sweep of its own, whose tasks nobody has to load. */
export function scriptedManifest(size: ManifestSize, limits: Partial<SweepLimits> = {}): Manifest {
  const digest = digestOf('content')
  return {
    sweep: newSweepId(),
    name: 'scripted',
    suite: { name: 'scripted', version: '1.0.0', digest },
    limits: { ...DEFAULT_LIMITS, ...limits },
    blocks: [
      {
        contestants: numbered('contestant', size.contestants).map((name) =>
          bareContestant('nop', { name }),
        ),
        tasks: numbered('task', size.tasks).map((name) => taskRef(name, digest)),
        seeds: numbered('', size.seeds).map((_, index) => index + 1),
      },
    ],
  }
}

/** The same plan with more seeds. */
export function extended(manifest: Manifest, seeds: readonly number[]): Manifest {
  const [block] = manifest.blocks
  if (block === undefined) throw new Error('a manifest without a block')
  return { ...manifest, blocks: [...manifest.blocks, { ...block, seeds }] }
}

function numbered(word: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${word}-${index + 1}`)
}
