import { wilson } from './design-effect-wilson.ts'
import { tQuantile } from './student-t.ts'
import { type Interval, MICRO, macroMean, type TaskCell, trialsOf } from './task-cell.ts'

/** Standard error of a macro mean when the tasks are taken as given. */
export interface WithinError {
  readonly error: number
  /** Trials less tasks. */
  readonly degrees: number
}

/**
 * sqrt(sum over tasks of variance / n) / T: what a re-run of the same tasks would scatter by.
 *
 * @returns null when a task has fewer than two valid trials: its scatter is not known.
 */
export function withinError(cells: readonly TaskCell[]): WithinError | null {
  const valid = cells.filter(({ n }) => n > 0)
  if (valid.length === 0 || valid.some(({ n }) => n < 2)) return null
  let total = 0
  // In ascending order, so that the order of tasks changes no bit.
  for (const share of valid.map(varianceOfMean).sort((a, b) => a - b)) total += share
  const degrees = valid.reduce((sum, { n }) => sum + n - 1, 0)
  return { error: Math.sqrt(total) / valid.length, degrees }
}

/**
 * Student t interval over these tasks only, for "would a re-run print the same?"; cut to [0, 1].
 * It says nothing of other tasks like these, for which it is far too narrow.
 *
 * Where no task's trials differ, the width of the formula is 0; Wilson's interval over all trials
 * stands in, as if all tasks were equally hard, which is the widest they could be.
 *
 * @returns null when a task has fewer than two valid trials.
 */
export function theseTasks(cells: readonly TaskCell[], { level = 0.95 } = {}): Interval | null {
  const within = withinError(cells)
  const mean = macroMean(cells)
  if (within === null || mean === null) return null
  const { error, degrees } = within
  const t = tQuantile((1 + level) / 2, degrees)
  const trials = trialsOf(cells)
  const tasks = cells.filter(({ n }) => n > 0).length
  const ends =
    error === 0
      ? wilson(mean, trials, t)
      : { low: Math.max(0, mean - t * error), high: Math.min(1, mean + t * error) }
  return {
    ...ends,
    level,
    method: 'Student t within tasks',
    estimand: 'these tasks only',
    tasks,
    clusters: tasks,
    trials,
    rough: mean < 0.1 || mean > 0.9,
  }
}

/** Variance of a cell's mean, as a fraction squared, from at least two trials. */
function varianceOfMean({ n, sumMicros, sumSquares }: TaskCell): number {
  const squares = sumSquares - (sumMicros * sumMicros) / n
  return Math.max(0, squares) / (n - 1) / n / (MICRO * MICRO)
}
