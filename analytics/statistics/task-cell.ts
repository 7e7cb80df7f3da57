/**
 * One contestant on one task: sufficient statistics of its valid trials. Scores are integers of a
 * millionth, a pass being 1000000 and a failure 0, so that sums are exact and equal means are equal
 * to the last bit. The order of cells never matters.
 */
export interface TaskCell {
  readonly task: string
  /** Valid trials. */
  readonly n: number
  readonly sumMicros: number
  /** Of the squared millionths. */
  readonly sumSquares: number
  /** Planned trials without a score: they count as missing, never as zero. */
  readonly missing: number
  /** Tasks of one family (a repository, a service, a mutated template) count as one cluster. */
  readonly family?: string | undefined
}

export const MICRO = 1_000_000

/** What an interval is about: see statistics.md, "structure and estimand". */
export type Estimand = 'tasks like these' | 'these tasks only'

export type IntervalMethod =
  | 'design-effect Wilson'
  | 'Student t over task means'
  | 'Student t within tasks'

/** A range for a mean score, in the unit of the scores behind it. */
export interface Interval {
  readonly low: number
  readonly high: number
  /** Nominal coverage as a fraction: 0.95 is 95 %. */
  readonly level: number
  readonly method: IntervalMethod
  readonly estimand: Estimand
  /** Tasks with a valid trial, and those trials. */
  readonly tasks: number
  /** Independent clusters of tasks: fewer than tasks where some are of one family. */
  readonly clusters: number
  readonly trials: number
  /** The rate is so near to 0 or 1 that the interval covers less often than its level says. */
  readonly rough: boolean
}

/** Below this many clusters of tasks there is no interval over tasks: their values themselves say more. */
export const FEWEST_TASKS = 10

/** Task means as fractions of 1 in ascending order, so that sums over them are the same whatever order they came in. */
export function taskMeans(cells: readonly TaskCell[]): Float64Array {
  const valid = cells.filter(({ n }) => n > 0)
  return Float64Array.from(valid, ({ n, sumMicros }) => sumMicros / (n * MICRO)).sort()
}

/**
 * Mean over tasks of the mean over each task's valid trials; null without any. Trials are never
 * pooled: a task whose trials were lost must not weigh less.
 */
export function macroMean(cells: readonly TaskCell[]): number | null {
  const means = taskMeans(cells)
  return means.length === 0 ? null : meanOf(means)
}

/** The macro mean if all missing trials scored 0, and if all scored 1; null for an empty plan. */
export function missingBounds(
  cells: readonly TaskCell[],
): { readonly low: number; readonly high: number } | null {
  const filled = (score: number): TaskCell[] =>
    cells.map((cell) => ({
      ...cell,
      n: cell.n + cell.missing,
      sumMicros: cell.sumMicros + cell.missing * score * MICRO,
    }))
  const low = macroMean(filled(0))
  const high = macroMean(filled(1))
  return low === null || high === null ? null : { low, high }
}

export function meanOf(values: Float64Array): number {
  const first = values[0] ?? 0
  // Of equal values the mean is that value, to the last bit.
  if (values.every((value) => value === first)) return first
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Valid trials of all cells. */
export function trialsOf(cells: readonly TaskCell[]): number {
  return cells.reduce((sum, { n }) => sum + n, 0)
}
