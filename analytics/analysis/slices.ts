import type { Results, TaskFacts } from '../results/results.ts'
import { benjaminiHochberg } from '../statistics/holm.ts'
import { differencesOf, pairedDifference } from '../statistics/paired-difference.ts'
import { meansOf, type ScoreTable } from '../statistics/score-table.ts'
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
  {
    by,
    level,
    baseline,
  }: {
    readonly by: 'category' | 'family'
    readonly level: number
    readonly baseline?: string | undefined
  },
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
        pairs: againstBaseline(table, { level, baseline }),
      })
    }
  }
  return withAdjusted(slices)
}

function againstBaseline(
  table: ScoreTable,
  { level, baseline }: { readonly level: number; readonly baseline?: string | undefined },
): Slice['pairs'] {
  const second = baseline === undefined ? -1 : table.contestants.indexOf(baseline)
  if (second < 0) return []
  const shared = { means: meansOf(table), clusters: table.clusters }
  return table.contestants.flatMap((contestant, first) => {
    if (first === second) return []
    const found = pairedDifference(differencesOf(shared, first, second), { level })
    const { tasks, estimate: difference, low, high, p } = found
    const names = { first: contestant, second: baseline ?? '' }
    return [{ ...names, tasks, difference, low, high, p, adjustedP: null }]
  })
}

/** Slices are looked at to find something: of what is found, 1 - level is expected to be false. */
function withAdjusted(slices: readonly Slice[]): Slice[] {
  const adjusted = benjaminiHochberg(slices.flatMap(({ pairs }) => pairs.map(({ p }) => p)))
  let place = 0
  return slices.map((slice) => ({
    ...slice,
    pairs: slice.pairs.map((pair) => ({ ...pair, adjustedP: adjusted[place++] ?? null })),
  }))
}

const propertyOf = (task: TaskFacts | undefined, by: 'category' | 'family'): string | null =>
  task?.[by] ?? null
