import type { Results } from '../results/results.ts'
import { clusterT } from '../statistics/cluster-t.ts'
import { meansOf } from '../statistics/score-table.ts'
import { MICRO, macroMean, meanOf, type TaskCell } from '../statistics/task-cell.ts'
import type { Composite } from './analysis-document.ts'

/** What the parts of the benchmark's composite weigh. */
export const WEIGHTS = [
  { dimension: 'correctness', weight: 0.6 },
  { dimension: 'deployment', weight: 0.3 },
  { dimension: 'quality', weight: 0.1 },
] as const

/**
 * The composite of 60, 30 and 10 on the tasks that have all three dimensions, with the t interval
 * over composites of tasks: parts of one task move together, so their own errors say too little.
 * Without all parts on each of those tasks a contestant has none; weights are never spread anew.
 *
 * @returns null where no task has all three.
 */
export function compositeOf(
  { contestants, tasks, dimensions, scores }: Results,
  { level }: { readonly level: number },
): Composite | null {
  const parts = WEIGHTS.flatMap(({ dimension, weight }) => {
    const table = dimensions.get(dimension)
    return table === undefined ? [] : [{ dimension, weight, table, means: meansOf(table) }]
  })
  if (parts.length < WEIGHTS.length) return null
  const width = tasks.length
  const isWhole = (cell: number) => parts.every(({ table }) => (table.n[cell] ?? 0) > 0)
  const graded = tasks.flatMap((_, task) =>
    contestants.some((__, at) => isWhole(at * width + task)) ? [task] : [],
  )
  if (graded.length === 0) return null
  const families = new Set(scores.clusters).size < width
  const entries = contestants.map(({ name }, at): Composite['entries'][number] => {
    const cellAt = (task: number) => at * width + task
    if (!graded.every((task) => isWhole(cellAt(task)))) {
      return { contestant: name, mean: null, interval: null, parts: [] }
    }
    const cells = graded.map((task): TaskCell => {
      const cell = cellAt(task)
      const n = Math.min(...parts.map(({ table }) => table.n[cell] ?? 0))
      const mean = parts.reduce((sum, { weight, means }) => sum + weight * (means[cell] ?? 0), 0)
      return {
        task: tasks[task]?.name ?? '',
        n,
        sumMicros: mean * n * MICRO,
        sumSquares: 0,
        missing: 0,
        family: families ? `${scores.clusters[task]}` : undefined,
      }
    })
    return {
      contestant: name,
      mean: Math.min(1, macroMean(cells) ?? 0),
      interval: clusterT(cells, { level }),
      parts: parts.map(({ dimension, means }) => ({
        dimension,
        mean: meanOf(Float64Array.from(graded, (task) => means[cellAt(task)] ?? 0)),
      })),
    }
  })
  return {
    tasks: graded.length,
    weights: WEIGHTS.map((part) => ({ ...part })),
    entries: entries.sort((a, b) => (b.mean ?? -1) - (a.mean ?? -1)),
  }
}
