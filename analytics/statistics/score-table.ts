import { MICRO, type TaskCell } from './task-cell.ts'

/**
 * Sufficient statistics of every contestant x task, as typed arrays. Cell of contestant c on task t
 * is at c * tasks.length + t. All that estimators need follows from it, so trials are read once.
 */
export interface ScoreTable {
  readonly contestants: readonly string[]
  readonly tasks: readonly string[]
  /** Cluster of each task, from 0: its family, or itself alone. */
  readonly clusters: Int32Array
  /** Valid trials. */
  readonly n: Int32Array
  /** Of scores in millionths, and of their squares. */
  readonly sum: Float64Array
  readonly sumSquares: Float64Array
  /** Planned trials without a score. */
  readonly missing: Int32Array
}

/** Task means as fractions, contestants x tasks; NaN where a contestant has no valid trial. */
export function meansOf({ n, sum }: ScoreTable): Float64Array {
  return sum.map((total, cell) => total / ((n[cell] ?? 0) * MICRO))
}

/** One contestant's cells, as the interval functions take them. */
export function cellsOf(table: ScoreTable, contestant: number): TaskCell[] {
  const first = contestant * table.tasks.length
  // Where each task is by itself nothing is to be gathered.
  const families = new Set(table.clusters).size < table.tasks.length
  return table.tasks.map((task, at) => ({
    task,
    n: table.n[first + at] ?? 0,
    sumMicros: table.sum[first + at] ?? 0,
    sumSquares: table.sumSquares[first + at] ?? 0,
    missing: table.missing[first + at] ?? 0,
    family: families ? `${table.clusters[at]}` : undefined,
  }))
}

/**
 * Unbiased variance of single trials within each cell, as a fraction squared; NaN where fewer than
 * two are valid. Never below 0, which rounding could make it.
 */
export function withinVariances({ n, sum, sumSquares }: ScoreTable): Float64Array {
  return Float64Array.from(n, (trials, cell) => {
    if (trials < 2) return Number.NaN
    const total = sum[cell] ?? 0
    const squares = (sumSquares[cell] ?? 0) - (total * total) / trials
    return Math.max(0, squares / (trials - 1) / (MICRO * MICRO))
  })
}

/** Contestants with a valid trial on every task: only they are ranked and drawn together. */
export function completeContestants({ contestants, tasks, n }: ScoreTable): number[] {
  const width = tasks.length
  return contestants.flatMap((_, contestant) => {
    const own = n.subarray(contestant * width, (contestant + 1) * width)
    return width > 0 && own.every((trials) => trials > 0) ? [contestant] : []
  })
}
