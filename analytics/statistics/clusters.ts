import { MICRO, type TaskCell } from './task-cell.ts'

/**
 * Task means gathered into clusters that are independent of each other: a task by itself, or all
 * tasks of one family.
 */
export interface Clusters {
  readonly count: number
  /** Tasks with a valid trial. */
  readonly tasks: number
  /** Sum of each cluster's task means, and how many they are. */
  readonly sums: Float64Array
  readonly sizes: Float64Array
}

/**
 * Clusters in ascending order of their values, so that sums over them are the same whatever order
 * the cells came in.
 */
export function clustersOf(cells: readonly TaskCell[]): Clusters {
  const means: number[][] = []
  const families = new Map<string, number[]>()
  for (const { n, sumMicros, family } of cells) {
    if (n === 0) continue
    const mean = sumMicros / (n * MICRO)
    const known = family === undefined ? undefined : families.get(family)
    if (known !== undefined) known.push(mean)
    else {
      const own = [mean]
      means.push(own)
      if (family !== undefined) families.set(family, own)
    }
  }
  const sorted = means
    .map((values) => ({ sum: sumOf(values.sort((a, b) => a - b)), size: values.length }))
    .sort((a, b) => a.sum - b.sum || a.size - b.size)
  return {
    count: sorted.length,
    tasks: sorted.reduce((total, { size }) => total + size, 0),
    sums: Float64Array.from(sorted, ({ sum }) => sum),
    sizes: Float64Array.from(sorted, ({ size }) => size),
  }
}

/** The macro mean: every task weighs the same, however many are in its cluster. */
export function clusterMean({ sums, sizes, tasks }: Clusters): number {
  const first = (sums[0] ?? 0) / (sizes[0] ?? 1)
  // Of equal values the mean is that value, to the last bit.
  if (sums.every((sum, cluster) => sum === first * (sizes[cluster] ?? 0))) return first
  return sumOf(sums) / tasks
}

/**
 * Standard error of the macro mean, clusters drawn from those like them, with count - 1 degrees of
 * freedom: sqrt(C / (C - 1) * sum of squared cluster residuals) / T. Where every task is its own
 * cluster this is sd / sqrt(T), and exactly 0 when all means are equal.
 *
 * @see Miller (2024), arXiv:2411.00640, appendix A, with the correction C / (C - 1) known as CR1.
 */
export function clusterError(clusters: Clusters): number {
  const { sums, sizes, count, tasks } = clusters
  const mean = clusterMean(clusters)
  let squares = 0
  for (let cluster = 0; cluster < count; cluster++) {
    squares += ((sums[cluster] ?? 0) - mean * (sizes[cluster] ?? 0)) ** 2
  }
  return Math.sqrt((count / (count - 1)) * squares) / tasks
}

function sumOf(values: Iterable<number>): number {
  let total = 0
  for (const value of values) total += value
  return total
}
