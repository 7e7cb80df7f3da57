import { differencesOf } from './paired-difference.ts'
import type { ContrastVariance } from './planning.ts'
import { meansOf, type ScoreTable, withinVariances } from './score-table.ts'

/** A contrast's variances as results show them, averaged over pairs of contestants. */
export interface EstimatedContrast extends ContrastVariance {
  readonly pairs: number
  /** Tasks of the thinnest pair: with few, the estimate is rough. */
  readonly tasks: number
}

/**
 * Variances of a typical pair: of the differences between tasks what the scatter of trials
 * explains is taken off, and the rest is how differently two contestants find tasks hard.
 *
 * @returns null without a pair that shares two tasks of two valid trials each.
 * @see Miller (2024), arXiv:2411.00640, section 5.
 */
export function estimateContrast(table: ScoreTable): EstimatedContrast | null {
  const { contestants, tasks, n } = table
  const width = tasks.length
  const within = withinVariances(table)
  const means = meansOf(table).map((mean, cell) => ((n[cell] ?? 0) < 2 ? Number.NaN : mean))
  const places = Int32Array.from(tasks.keys())
  const found: { interaction: number; first: number; second: number; tasks: number }[] = []
  for (const first of contestants.keys()) {
    for (const second of [...contestants.keys()].slice(first + 1)) {
      const { values, clusters: shared } = differencesOf({ means, clusters: places }, first, second)
      if (values.length < 2) continue
      const average = (of: (task: number) => number) =>
        shared.reduce((sum, task) => sum + of(task), 0) / shared.length
      const cell = (contestant: number, task: number) => contestant * width + task
      const noise = (contestant: number) =>
        average((task) => (within[cell(contestant, task)] ?? 0) / (n[cell(contestant, task)] ?? 1))
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length
      const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
      found.push({
        interaction: squares / (values.length - 1) - noise(first) - noise(second),
        first: average((task) => within[cell(first, task)] ?? 0),
        second: average((task) => within[cell(second, task)] ?? 0),
        tasks: values.length,
      })
    }
  }
  if (found.length === 0) return null
  const mean = (of: (pair: (typeof found)[number]) => number) =>
    found.reduce((sum, pair) => sum + of(pair), 0) / found.length
  return {
    interaction: Math.max(
      0,
      mean(({ interaction }) => interaction),
    ),
    withinFirst: mean(({ first }) => first),
    withinSecond: mean(({ second }) => second),
    pairs: found.length,
    tasks: Math.min(...found.map((pair) => pair.tasks)),
  }
}
