/** Where one contestant's scores vary: between tasks, and between trials of a task. */
export interface VarianceComponents {
  /** Fractions squared. */
  readonly between: number
  readonly within: number
  /** Share of the variance that comes from tasks, 0 to 1; null when nothing varies. */
  readonly icc: number | null
  readonly tasks: number
  readonly trials: number
}

/**
 * One-way analysis of variance, tasks as groups: the mean square between tasks holds the variance
 * within, which is taken off. Unequal numbers of trials enter through n0. A negative estimate of
 * the variance between is 0, as the convention is.
 *
 * @param cells n trials with their mean and unbiased variance, as fractions; variances of cells
 * with one trial are not read.
 * @returns null with fewer than two tasks, or when no task has two trials: then the two cannot be
 * told apart.
 * @see Searle, Casella & McCulloch (1992), Variance Components, section 3.6.
 */
export function varianceComponents(
  cells: readonly { readonly n: number; readonly mean: number; readonly variance: number }[],
): VarianceComponents | null {
  const valid = cells.filter(({ n }) => n > 0)
  const tasks = valid.length
  const trials = valid.reduce((sum, { n }) => sum + n, 0)
  if (tasks < 2 || trials === tasks) return null
  const grand = valid.reduce((sum, { n, mean }) => sum + n * mean, 0) / trials
  let betweenSquares = 0
  let withinSquares = 0
  let trialSquares = 0
  for (const { n, mean, variance } of valid) {
    betweenSquares += n * (mean - grand) ** 2
    if (n > 1) withinSquares += (n - 1) * variance
    trialSquares += n * n
  }
  const within = withinSquares / (trials - tasks)
  const typical = (trials - trialSquares / trials) / (tasks - 1)
  const between = Math.max(0, (betweenSquares / (tasks - 1) - within) / typical)
  const total = between + within
  return { between, within, icc: total === 0 ? null : between / total, tasks, trials }
}
