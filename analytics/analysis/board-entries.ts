import type { ContestantFacts, Results } from '../results/results.ts'
import { clusterT } from '../statistics/cluster-t.ts'
import { designEffectWilson } from '../statistics/design-effect-wilson.ts'
import { ratioInterval } from '../statistics/fieller.ts'
import { kornGraubard } from '../statistics/korn-graubard.ts'
import { cellsOf, meansOf, type ScoreTable } from '../statistics/score-table.ts'
import { tQuantile } from '../statistics/student-t.ts'
import { FEWEST_TASKS, macroMean, missingBounds } from '../statistics/task-cell.ts'
import { theseTasks } from '../statistics/these-tasks.ts'
import type { BoardEntry } from './analysis-document.ts'
import { breather } from './breather.ts'

/** What a board is of: its table, and how its default interval is made. */
export interface Measure {
  readonly name: string
  readonly label: string
  readonly table: ScoreTable
  /** Rates take the design-effect Wilson interval, other means the t interval. */
  readonly rate: boolean
}

/** Entries before ranks and resamples are known, in the order of the table's contestants. */
export async function boardEntries(
  results: Results,
  { table, rate }: Measure,
  { level }: { readonly level: number },
): Promise<BoardEntry[]> {
  const width = table.tasks.length
  const place = new Map(results.tasks.map(({ name }, at) => [name, at]))
  const columns = table.tasks.map((task) => place.get(task) ?? 0)
  const passMeans = meansOf(results.passes)
  const entryOf = (facts: ContestantFacts, contestant: number): BoardEntry => {
    const cells = cellsOf(table, contestant)
    const all = (values: Int32Array | Float64Array) =>
      columns.reduce((sum, at) => sum + (values[contestant * results.tasks.length + at] ?? 0), 0)
    const tasks = cells.filter(({ n }) => n > 0).length
    const valid = cells.reduce((sum, { n }) => sum + n, 0)
    const absent = cells.reduce((sum, { missing }) => sum + missing, 0)
    const { infraFailed, ungraded, cancelled, unfinished } = results.missing
    const missing = {
      infraFailed: all(infraFailed),
      ungraded: all(ungraded),
      cancelled: all(cancelled),
      unfinished: all(unfinished),
    }
    const known = all(results.knownCosts)
    const scored = all(results.scores.n)
    // A dimension that a scored trial lacks was not graded.
    missing.ungraded += Math.max(0, absent - Object.values(missing).reduce((a, b) => a + b, 0))
    const interval = rate ? designEffectWilson(cells, { level }) : clusterT(cells, { level })
    const costs = columns.map((at) => contestant * results.tasks.length + at)
    return {
      contestant: facts.name,
      agent: facts.agent,
      model: facts.model,
      simulated: facts.simulated,
      mean: macroMean(cells),
      interval,
      theseTasks: theseTasks(cells, { level }),
      conservative: rate && interval?.rough ? kornGraubard(cells, { level }) : null,
      bounds: missingBounds(cells),
      complete: width > 0 && tasks === width,
      rank: null,
      rankSet: null,
      pBest: null,
      bootstrap: null,
      tasks,
      plannedTasks: width,
      valid,
      planned: valid + absent,
      missing,
      medianWallSeconds: facts.medianWallSeconds,
      medianTokens: null,
      meanCostUsd: known === 0 ? null : all(results.costUsd) / known,
      // An agent without a model has cost nothing, which is known.
      unknownCosts: facts.agent !== null && facts.model === null ? 0 : Math.max(0, scored - known),
      costPerSolve: known < scored ? null : costPerSolve(results, { costs, passMeans, level }),
      costPerTrial: known < scored ? null : costPerTrial(results, costs, level),
    }
  }
  const entries: BoardEntry[] = []
  const breathe = breather()
  for (const [contestant, facts] of results.contestants.entries()) {
    entries.push(entryOf(facts, contestant))
    await breathe()
  }
  return entries
}

/** Without a valid trial, and for an agent that has no model to pay, there is no cost to speak of. */
function costPerTrial(
  { costUsd, scores, tasks }: Results,
  cells: readonly number[],
  level: number,
): BoardEntry['costPerTrial'] {
  const valid = cells.filter((at) => (scores.n[at] ?? 0) > 0)
  if (valid.length === 0) return null
  const means = valid.map((at) => (costUsd[at] ?? 0) / (scores.n[at] ?? 1))
  const usd = means.reduce((sum, mean) => sum + mean, 0) / means.length
  const sums = new Map<number, number>()
  for (const [place, at] of valid.entries()) {
    const cluster = scores.clusters[at % tasks.length] ?? 0
    sums.set(cluster, (sums.get(cluster) ?? 0) + (means[place] ?? 0) - usd)
  }
  const count = sums.size
  if (count < FEWEST_TASKS) return { usd, low: null, high: null }
  const squares = [...sums.values()].reduce((sum, value) => sum + value * value, 0)
  const error = Math.sqrt((squares * count) / (count - 1)) / means.length
  if (error === 0) return { usd, low: null, high: null }
  const half = tQuantile((1 + level) / 2, count - 1) * error
  return { usd, low: Math.max(0, usd - half), high: usd + half }
}

function costPerSolve(
  { costUsd, passes }: Results,
  {
    costs,
    passMeans,
    level,
  }: {
    readonly costs: readonly number[]
    readonly passMeans: Float64Array
    readonly level: number
  },
): BoardEntry['costPerSolve'] {
  const valid = costs.filter((at) => (passes.n[at] ?? 0) > 0)
  const families = Map.groupBy(valid, (at) => passes.clusters[at % passes.tasks.length])
  const totals = (of: (at: number) => number) =>
    Float64Array.from(families.values(), (cells) => cells.reduce((sum, at) => sum + of(at), 0))
  const { ratio, low, high } = ratioInterval(
    totals((at) => (costUsd[at] ?? 0) / (passes.n[at] ?? 1)),
    totals((at) => passMeans[at] ?? 0),
    { level },
  )
  if (ratio === null) return null
  if (families.size < FEWEST_TASKS) return { usd: ratio, low: null, high: null }
  return { usd: ratio, low: low === null ? null : Math.max(0, low), high }
}
