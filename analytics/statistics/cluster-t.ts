import { clusterError, clusterMean, clustersOf } from './clusters.ts'
import { designEffectWilson } from './design-effect-wilson.ts'
import { tQuantile } from './student-t.ts'
import { FEWEST_TASKS, type Interval, type TaskCell, trialsOf } from './task-cell.ts'

/**
 * Student t interval over task means, clusters - 1 degrees of freedom, cut to [0, 1]: the default for
 * partial credit, over tasks like these.
 *
 * Where all task means are equal the formula has width 0, which would claim to know what it cannot;
 * the design-effect Wilson interval stands in, wide enough since no score in [0, 1] varies more
 * than a pass or failure of the same mean.
 *
 * @param cells of one contestant; those without valid trials do not count.
 * @returns null below ten tasks.
 * @see Miller (2024), "Adding error bars to evals", arXiv:2411.00640, for clustering by task.
 */
export function clusterT(cells: readonly TaskCell[], { level = 0.95 } = {}): Interval | null {
  const clusters = clustersOf(cells)
  const { count, tasks } = clusters
  if (count < FEWEST_TASKS) return null
  const error = clusterError(clusters)
  if (error === 0) return designEffectWilson(cells, { level })
  const mean = clusterMean(clusters)
  const half = tQuantile((1 + level) / 2, count - 1) * error
  return {
    low: Math.max(0, mean - half),
    high: Math.min(1, mean + half),
    level,
    method: 'Student t over task means',
    estimand: 'tasks like these',
    tasks,
    clusters: count,
    trials: trialsOf(cells),
    rough: mean < 0.1 || mean > 0.9,
  }
}
