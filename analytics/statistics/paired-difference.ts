import { wilson } from './design-effect-wilson.ts'
import { tQuantile, tTwoSided } from './student-t.ts'
import { FEWEST_TASKS } from './task-cell.ts'

/** Differences of two contestants' task means, over the tasks where both have valid trials. */
export interface Differences {
  /** First less second, one a shared task, as fractions from -1 to 1. */
  readonly values: Float64Array
  /** Cluster of each, in ascending numbers that need not be dense. */
  readonly clusters: Int32Array
}

export interface PairedDifference {
  /** Mean over shared tasks; null without any. */
  readonly estimate: number | null
  /** Standard error over tasks like these; null below ten clusters. */
  readonly error: number | null
  readonly degrees: number | null
  readonly t: number | null
  /** Two-sided, not adjusted for other pairs; null below ten clusters. */
  readonly p: number | null
  readonly low: number | null
  readonly high: number | null
  readonly level: number
  readonly tasks: number
  readonly clusters: number
  /** All differences are equal: the interval is a bound on the share of tasks that would differ. */
  readonly constant: boolean
}

/**
 * Shared tasks of two contestants.
 *
 * @param means contestants x tasks, NaN where there is no valid trial.
 */
export function differencesOf(
  { means, clusters }: { readonly means: Float64Array; readonly clusters: Int32Array },
  first: number,
  second: number,
): Differences {
  const width = clusters.length
  const values = new Float64Array(width)
  const kept = new Int32Array(width)
  let count = 0
  for (let task = 0; task < width; task++) {
    const difference = (means[first * width + task] ?? 0) - (means[second * width + task] ?? 0)
    if (Number.isNaN(difference)) continue
    values[count] = difference
    kept[count] = clusters[task] ?? 0
    count += 1
  }
  return { values: values.subarray(0, count), clusters: kept.subarray(0, count) }
}

/**
 * Paired t interval of the mean difference over tasks like these, clusters - 1 degrees of freedom.
 * Pairing takes the difficulty of tasks out: the standard error is 0.55 to 0.83 of the unpaired one.
 *
 * Where all differences are equal the formula has width 0. Then none of C clusters deviated, and
 * the upper end of Wilson's interval for 0 of C bounds the share that would; the interval lets each
 * of those go to -1 or to 1. Its p-value is the sign-flip one, 2 / 2^C (1 for equal contestants).
 *
 * @see Miller (2024), "Adding error bars to evals", arXiv:2411.00640, section 4.
 */
export function pairedDifference(
  { values, clusters }: Differences,
  { level = 0.95 } = {},
): PairedDifference {
  const tasks = values.length
  const residuals = clusterSums(values, clusters)
  const count = residuals.length
  const estimate = tasks === 0 ? null : meanOfAll(values)
  const none = { error: null, degrees: null, t: null, p: null, low: null, high: null }
  const facts = { estimate, level, tasks, clusters: count, constant: false }
  if (estimate === null || count < FEWEST_TASKS) return { ...none, ...facts }
  const degrees = count - 1
  const quantile = tQuantile((1 + level) / 2, degrees)
  const error = differenceError(residuals, { estimate, tasks })
  if (values.every((value) => value === values[0])) {
    const deviating = wilson(0, count, quantile).high
    return {
      ...facts,
      constant: true,
      error: 0,
      degrees,
      t: null,
      p: estimate === 0 ? 1 : 2 ** (1 - count),
      low: estimate - deviating * (1 + estimate),
      high: estimate + deviating * (1 - estimate),
    }
  }
  const t = estimate / error
  return {
    ...facts,
    error,
    degrees,
    t,
    p: tTwoSided(t, degrees),
    low: Math.max(-1, estimate - quantile * error),
    high: Math.min(1, estimate + quantile * error),
  }
}

interface ClusterSum {
  sum: number
  size: number
}

/** Sums and sizes of clusters, in the order of their first task. */
export function clusterSums(values: Float64Array, clusters: Int32Array): ClusterSum[] {
  const sums = new Map<number, ClusterSum>()
  for (let at = 0; at < values.length; at++) {
    const cluster = clusters[at] ?? 0
    const known = sums.get(cluster)
    if (known === undefined) sums.set(cluster, { sum: values[at] ?? 0, size: 1 })
    else {
      known.sum += values[at] ?? 0
      known.size += 1
    }
  }
  return [...sums.values()]
}

function differenceError(
  sums: readonly ClusterSum[],
  { estimate, tasks }: { readonly estimate: number; readonly tasks: number },
): number {
  let squares = 0
  for (const { sum, size } of sums) squares += (sum - estimate * size) ** 2
  return Math.sqrt((sums.length / (sums.length - 1)) * squares) / tasks
}

function meanOfAll(values: Float64Array): number {
  const [first = 0] = values
  if (values.every((value) => value === first)) return first
  let total = 0
  for (const value of values) total += value
  return total / values.length
}
