import { designEffectWilson } from './design-effect-wilson.ts'
import { tQuantile } from './t-quantile.ts'
import {
  clusterError,
  FEWEST_TASKS,
  type Interval,
  meanOf,
  type TaskCell,
  taskMeans,
} from './task-cell.ts'

/**
 * Student t interval over task means, T - 1 degrees of freedom, cut to [0, 1]: the default for
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
  const means = taskMeans(cells)
  const tasks = means.length
  if (tasks < FEWEST_TASKS) return null
  const error = clusterError(means)
  if (error === 0) return designEffectWilson(cells, { level })
  const mean = meanOf(means)
  const half = tQuantile((1 + level) / 2, tasks - 1) * error
  return {
    low: Math.max(0, mean - half),
    high: Math.min(1, mean + half),
    level,
    method: 'Student t over task means',
    estimand: 'tasks like these',
    tasks,
    trials: cells.reduce((sum, { n }) => sum + n, 0),
    rough: mean < 0.1 || mean > 0.9,
  }
}
