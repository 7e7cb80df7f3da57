import type { Results, TaskFacts } from '../results/results.ts'
import type { ScoreTable } from '../statistics/score-table.ts'
import type { Slice } from './analysis-document.ts'
import { boardEntries } from './board-entries.ts'

/** A table of some of its tasks, in the order that is given. */
export function selectTasks(table: ScoreTable, tasks: readonly number[]): ScoreTable {
  const width = table.tasks.length
  const cells = table.contestants.flatMap((_, at) => tasks.map((task) => at * width + task))
  return {
    contestants: table.contestants,
    tasks: tasks.map((task) => table.tasks[task] ?? ''),
    clusters: Int32Array.from(tasks, (task) => table.clusters[task] ?? 0),
    n: Int32Array.from(cells, (cell) => table.n[cell] ?? 0),
    sum: Float64Array.from(cells, (cell) => table.sum[cell] ?? 0),
    sumSquares: Float64Array.from(cells, (cell) => table.sumSquares[cell] ?? 0),
    missing: Int32Array.from(cells, (cell) => table.missing[cell] ?? 0),
  }
}

/** Both boards cut by a property of tasks: exploratory, few tasks each. */
export async function slicesOf(
  results: Results,
  { by, level }: { readonly by: 'category' | 'family'; readonly level: number },
): Promise<Slice[]> {
  const groups = Map.groupBy(results.tasks.keys(), (task) => propertyOf(results.tasks[task], by))
  const slices: Slice[] = []
  for (const [value, tasks] of [...groups].sort(([a], [b]) => ((a ?? '') < (b ?? '') ? -1 : 1))) {
    for (const measure of ['pass', 'score'] as const) {
      const table = selectTasks(measure === 'pass' ? results.passes : results.scores, tasks)
      const cut = { name: measure, label: measure, table, rate: measure === 'pass' }
      const entries = await boardEntries(results, cut, { level })
      slices.push({
        by,
        value,
        measure,
        tasks: tasks.length,
        entries: entries.map(({ contestant, mean, interval, valid, missing }) => ({
          contestant,
          mean,
          interval,
          valid,
          missing,
        })),
      })
    }
  }
  return slices
}

const propertyOf = (task: TaskFacts | undefined, by: 'category' | 'family'): string | null =>
  task?.[by] ?? null
