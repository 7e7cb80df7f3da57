import { join } from 'node:path'
import { ResampleCache } from '../analytics/analysis/resample-cache.ts'
import type { CommandContext } from './command-context.ts'
import { homeFolder } from './home-folder.ts'

/** Resamples of the stack's sweeps, kept in its state folder. */
export function resampleCache(
  flags: { readonly home?: string | undefined },
  context: Pick<CommandContext, 'environment' | 'folder'>,
): ResampleCache {
  return new ResampleCache(join(homeFolder(flags, context), 'cache', 'resamples'))
}
