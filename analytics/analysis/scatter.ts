import type { Results } from '../results/results.ts'
import { meansOf, type ScoreTable, withinVariances } from '../statistics/score-table.ts'
import { tQuantile } from '../statistics/student-t.ts'
import { FEWEST_TASKS, MICRO } from '../statistics/task-cell.ts'
import type { CellMatrix, ContestantVariance, Outlook, TaskHistogram } from './analysis-document.ts'

/** Most bins of a histogram; with fewer trials there is one for each number of passes. */
const BINS = 20

/**
 * Pass rates of each contestant's tasks beside those that tasks of equal difficulty would have: how
 * much of the scatter luck alone explains. Tasks with other numbers of trials fall into the bin
 * that is nearest to their rate.
 */
export function taskHistograms({ contestants, passes }: Results): TaskHistogram[] {
  const width = passes.tasks.length
  return contestants.flatMap(({ name }, at): TaskHistogram[] => {
    const cells = Array.from({ length: width }, (_, task) => {
      const cell = at * width + task
      return { n: passes.n[cell] ?? 0, passed: (passes.sum[cell] ?? 0) / MICRO }
    }).filter(({ n }) => n > 0)
    if (cells.length === 0) return []
    const last = Math.min(
      BINS,
      cells.reduce((most, { n }) => Math.max(most, n), 0),
    )
    const rate = cells.reduce((sum, { n, passed }) => sum + passed / n, 0) / cells.length
    const tasks = new Array<number>(last + 1).fill(0)
    const expected = new Array<number>(last + 1).fill(0)
    const chances = new Map<number, number[]>()
    for (const { n, passed } of cells) {
      const bin = Math.round((passed / n) * last)
      tasks[bin] = (tasks[bin] ?? 0) + 1
      const known = chances.get(n) ?? binomial(n, rate)
      chances.set(n, known)
      for (const [count, chance] of known.entries()) {
        const place = Math.round((count / n) * last)
        expected[place] = (expected[place] ?? 0) + chance
      }
    }
    const bins = tasks.map((count, bin) => ({
      rate: bin / last,
      tasks: count,
      expected: expected[bin] ?? 0,
    }))
    return [{ contestant: name, bins }]
  })
}

/** Chances of 0 to n passes, by their ratios from the likeliest on, so that none overflows. */
function binomial(n: number, rate: number): number[] {
  if (rate <= 0 || rate >= 1)
    return Array.from({ length: n + 1 }, (_, at) => Number(at === n * rate))
  const odds = rate / (1 - rate)
  const mode = Math.min(n, Math.floor((n + 1) * rate))
  const weights = new Array<number>(n + 1).fill(0)
  weights[mode] = 1
  for (let at = mode; at < n; at++) {
    weights[at + 1] = ((weights[at] ?? 0) * (n - at) * odds) / (at + 1)
  }
  for (let at = mode; at > 0; at--) {
    weights[at - 1] = ((weights[at] ?? 0) * at) / ((n - at + 1) * odds)
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight) => weight / total)
}

const SEEDS = [1, 2, 3, 4, 5, 7, 10, 14, 20, 30, 50] as const

/**
 * Half the width of an interval over tasks like these, by tasks and seeds, at the variances that
 * contestants have on the mean: t * sqrt((between + within / seeds) / tasks).
 *
 * @returns null without variances, or with no task.
 * @see Miller (2024), arXiv:2411.00640, section 5.
 */
export function outlookOf(
  { scores }: Results,
  variance: readonly ContestantVariance[],
  level: number,
): Outlook | null {
  const tasks = scores.tasks.length
  if (variance.length === 0 || tasks === 0) return null
  const meanOf = (of: (row: ContestantVariance) => number) =>
    variance.reduce((sum, row) => sum + of(row), 0) / variance.length
  const between = meanOf((row) => row.between)
  const within = meanOf((row) => row.within)
  const valid = scores.n.filter((trials) => trials > 0)
  const half = (count: number, seeds: number) =>
    tQuantile((1 + level) / 2, count - 1) * Math.sqrt((between + within / seeds) / count)
  const sizes = [1, 2, 4].map((times) => times * Math.max(tasks, FEWEST_TASKS))
  return {
    between,
    within,
    tasks,
    seeds: valid.reduce((sum, trials) => sum + trials, 0) / Math.max(1, valid.length),
    designs: sizes.flatMap((size) =>
      SEEDS.map((seeds) => ({ tasks: size, seeds, half: half(size, seeds) })),
    ),
    floors: sizes.map((size) => ({ tasks: size, half: half(size, Number.POSITIVE_INFINITY) })),
  }
}

/** Every contestant on every task, for those who draw or check it. */
export function cellMatrix({ tasks, passes, scores }: Results): CellMatrix {
  const width = tasks.length
  const means = meansOf(scores)
  const variances = withinVariances(scores)
  const orNull = (value: number | undefined, of: (value: number) => number = (same) => same) =>
    value === undefined || Number.isNaN(value) ? null : of(value)
  return {
    tasks: tasks.map(({ name }) => name),
    rows: scores.contestants.map((contestant, at) => {
      const each = <Item>(of: (cell: number) => Item): Item[] =>
        Array.from({ length: width }, (_, task) => of(at * width + task))
      return {
        contestant,
        planned: each((cell) => (scores.n[cell] ?? 0) + (scores.missing[cell] ?? 0)),
        valid: each((cell) => scores.n[cell] ?? 0),
        passed: each((cell) => passedOf(passes, cell)),
        score: each((cell) => orNull(means[cell])),
        scatter: each((cell) => orNull(variances[cell], Math.sqrt)),
      }
    }),
  }
}

const passedOf = ({ sum }: ScoreTable, cell: number): number => Math.round((sum[cell] ?? 0) / MICRO)
