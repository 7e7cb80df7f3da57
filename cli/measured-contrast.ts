import type { Results } from '../analytics/results/results.ts'
import { estimateContrast } from '../analytics/statistics/estimate-contrast.ts'
import type { ContrastVariance } from '../analytics/statistics/planning.ts'
import type { CommandContext } from './command-context.ts'

/** What results say of the next ones. */
export interface MeasuredContrast {
  readonly contrast: ContrastVariance
  readonly basis: string
  /** Dollars of a trial, mean over trials whose cost is known. */
  readonly costUsd: number | null
}

/** @returns null when nothing was named, or the results show no scatter within tasks. */
export async function measuredContrast(
  {
    sweep,
    paths,
    home,
  }: {
    readonly sweep?: string | undefined
    readonly paths: readonly string[]
    readonly home?: string | undefined
  },
  context: CommandContext,
): Promise<MeasuredContrast | null> {
  const results = await namedResults({ sweep, paths, home }, context)
  if (results === null) return null
  const found = estimateContrast(results.passes)
  if (found === null) return null
  const { interaction, withinFirst, withinSecond, pairs, tasks } = found
  const known = results.knownCosts.reduce((sum, count) => sum + count, 0)
  const spent = results.costUsd.reduce((sum, usd) => sum + usd, 0)
  const rough = tasks < 20 ? ', rough' : ''
  return {
    contrast: { interaction, withinFirst, withinSecond },
    basis: `pass rates of ${pairs} measured pairs on ${tasks} tasks${rough}`,
    costUsd: known === 0 ? null : spent / known,
  }
}

async function namedResults(
  { sweep, paths, home }: Parameters<typeof measuredContrast>[0],
  context: CommandContext,
): Promise<Results | null> {
  if (paths.length > 0) {
    const { readResults } = await import('../analytics/results/read-results.ts')
    return (await readResults(paths)).results
  }
  if (sweep === undefined) return null
  const { openFarm } = await import('./open-farm.ts')
  const { readSweepsTogether } = await import('./read-sweeps-together.ts')
  await using farm = await openFarm({ home }, context)
  return (await readSweepsTogether(farm, [sweep])).results
}
