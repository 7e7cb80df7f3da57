import { clopperPearson } from './clopper-pearson.ts'
import { clusterMean, clustersOf } from './clusters.ts'
import { effectiveTrials } from './design-effect-wilson.ts'
import { normalQuantile } from './normal.ts'
import { tQuantile } from './student-t.ts'
import { FEWEST_TASKS, type TaskCell, trialsOf } from './task-cell.ts'

/**
 * Korn and Graubard's interval of a pass rate over tasks like these: Clopper-Pearson with the
 * effective number of trials, made smaller by (z / t)^2 since the design effect is estimated. Wider
 * than the design-effect Wilson interval, and nearer to its level where rates are below 10 % or
 * above 90 %.
 *
 * @returns null below ten clusters.
 * @see Korn & Graubard (1998), "Confidence intervals for proportions with small expected number of
 * positive counts estimated from survey data".
 */
export function kornGraubard(
  cells: readonly TaskCell[],
  { level = 0.95 } = {},
): { readonly low: number; readonly high: number } | null {
  const clusters = clustersOf(cells)
  if (clusters.count < FEWEST_TASKS) return null
  const tail = (1 + level) / 2
  const shrink = (normalQuantile(tail) / tQuantile(tail, clusters.count - 1)) ** 2
  const effective = effectiveTrials(clusters, trialsOf(cells)) * shrink
  return clopperPearson(clusterMean(clusters) * effective, effective, { level })
}
