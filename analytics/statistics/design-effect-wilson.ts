import { type Clusters, clusterError, clusterMean, clustersOf } from './clusters.ts'
import { tQuantile } from './student-t.ts'
import { FEWEST_TASKS, type Interval, type TaskCell, trialsOf } from './task-cell.ts'

/**
 * Design-effect Wilson interval for a pass rate over tasks like these; the default for rates.
 *
 * Trials of one task share its difficulty and so say less than as many trials of different tasks:
 * the number of trials is replaced by n_eff = p(1-p)/SE^2, with SE over task means, within [1, N];
 * where all task means are equal, by the number of clusters. Wilson's formula then takes t(T-1) in
 * place of the normal quantile. It never has width 0: 0 of 50 tasks has an upper end near 7 %.
 *
 * @param cells of one contestant; those without valid trials do not count.
 * @returns null below ten tasks.
 * @see Wilson (1927), "Probable inference, the law of succession, and statistical inference".
 * @see Kish (1965), Survey Sampling, chapter 8, for the design effect.
 */
export function designEffectWilson(
  cells: readonly TaskCell[],
  { level = 0.95 } = {},
): Interval | null {
  const clusters = clustersOf(cells)
  const { count, tasks } = clusters
  if (count < FEWEST_TASKS) return null
  const trials = trialsOf(cells)
  const rate = clusterMean(clusters)
  const t = tQuantile((1 + level) / 2, count - 1)
  return {
    ...wilson(rate, effectiveTrials(clusters, trials), t),
    level,
    method: 'design-effect Wilson',
    estimand: 'tasks like these',
    tasks,
    clusters: count,
    trials,
    rough: rate < 0.1 || rate > 0.9,
  }
}

/** How many independent trials would say as much. */
export function effectiveTrials(clusters: Clusters, trials: number): number {
  const error = clusterError(clusters)
  if (error === 0) return clusters.count
  const rate = clusterMean(clusters)
  return Math.min(Math.max((rate * (1 - rate)) / error ** 2, 1), trials)
}

/**
 * Wilson's interval, with whatever quantile stands for the level.
 *
 * @param n trials, or what they are worth; need not be whole.
 */
export function wilson(rate: number, n: number, t: number): { low: number; high: number } {
  const square = t * t
  const scale = 1 + square / n
  const centre = (rate + square / (2 * n)) / scale
  const half = (t / scale) * Math.sqrt((rate * (1 - rate)) / n + square / (4 * n * n))
  return {
    low: rate === 0 ? 0 : Math.max(0, centre - half),
    high: rate === 1 ? 1 : Math.min(1, centre + half),
  }
}
