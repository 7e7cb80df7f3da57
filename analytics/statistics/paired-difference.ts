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
    const difference =
      (means[first * width + task] as number) - (means[second * width + task] as number)
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
  differences: Differences,
  { level = 0.95 } = {},
): PairedDifference {
  const { values } = differences
  const tasks = values.length
  const sums = clusterSums(differences)
  const count = sums.sums.length
  const constant = isConstant(values)
  const estimate = tasks === 0 ? null : meanOfAll(values, constant)
  const none = { error: null, degrees: null, t: null, p: null, low: null, high: null }
  const facts = { estimate, level, tasks, clusters: count, constant: false }
  if (estimate === null || count < FEWEST_TASKS) return { ...none, ...facts }
  const degrees = count - 1
  const quantile = quantileOf((1 + level) / 2, degrees)
  if (constant) {
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
  const error = differenceError(sums, { estimate, tasks })
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

/** Sums of differences by cluster, and how many tasks each holds, in the order of first tasks. */
export interface ClusterSums {
  readonly sums: Float64Array
  readonly sizes: Float64Array
}

export function clusterSums({ values, clusters }: Differences): ClusterSums {
  // Tasks without families have clusters of their own, in ascending order.
  if (isAscending(clusters)) return { sums: values, sizes: new Float64Array(values.length).fill(1) }
  const places = new Map<number, number>()
  const sums: number[] = []
  const sizes: number[] = []
  for (let at = 0; at < values.length; at++) {
    const cluster = clusters[at] ?? 0
    const place = places.get(cluster) ?? places.size
    places.set(cluster, place)
    sums[place] = (sums[place] ?? 0) + (values[at] ?? 0)
    sizes[place] = (sizes[place] ?? 0) + 1
  }
  return { sums: Float64Array.from(sums), sizes: Float64Array.from(sizes) }
}

function differenceError(
  { sums, sizes }: ClusterSums,
  { estimate, tasks }: { readonly estimate: number; readonly tasks: number },
): number {
  let squares = 0
  for (let at = 0; at < sums.length; at++) {
    const residual = (sums[at] as number) - estimate * (sizes[at] as number)
    squares += residual * residual
  }
  return Math.sqrt((sums.length / (sums.length - 1)) * squares) / tasks
}

function isAscending(clusters: Int32Array): boolean {
  for (let at = 1; at < clusters.length; at++) {
    if ((clusters[at] as number) <= (clusters[at - 1] as number)) return false
  }
  return true
}

function isConstant(values: Float64Array): boolean {
  for (let at = 1; at < values.length; at++) if (values[at] !== values[0]) return false
  return true
}

/** Of equal values the mean is that value, to the last bit. */
function meanOfAll(values: Float64Array, constant: boolean): number {
  if (constant) return values[0] ?? 0
  let total = 0
  for (let at = 0; at < values.length; at++) total += values[at] as number
  return total / values.length
}

/** By degrees of freedom, by probability: all pairs of a board ask for the same few. */
const quantiles = new Map<number, Map<number, number>>()

function quantileOf(probability: number, degrees: number): number {
  const known = quantiles.get(probability) ?? new Map<number, number>()
  quantiles.set(probability, known)
  const value = known.get(degrees) ?? tQuantile(probability, degrees)
  known.set(degrees, value)
  return value
}
