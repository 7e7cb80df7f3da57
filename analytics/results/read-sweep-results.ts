import { z } from 'zod'
import type { SweepId } from '../../core/ids.ts'
import type { ScoreTable } from '../statistics/score-table.ts'
import { MICRO } from '../statistics/task-cell.ts'
import type { Store } from '../store.ts'
import { byName } from './collect-results.ts'
import {
  type ContestantFacts,
  clustersByFamily,
  type PhaseTime,
  type Results,
  type TaskFacts,
} from './results.ts'

const count = z.coerce.number()

const cellRow = z.object({
  contestant: z.string(),
  agent: z.string(),
  model: z.string(),
  simulated: z.boolean(),
  task: z.string(),
  planned: count,
  valid: count,
  passed: count,
  score_micros: count,
  score_micros_squared: count,
  infra_failed: count,
  ungraded: count,
  cancelled: count,
  unfinished: count,
  cost_micros: count,
  known_costs: count,
})
type CellRow = z.output<typeof cellRow>

const dimensionRow = z.object({
  contestant: z.string(),
  task: z.string(),
  dimension: z.string(),
  valid: count,
  score_micros: count,
  score_micros_squared: count,
})
type DimensionRow = z.output<typeof dimensionRow>

const taskRow = z.object({
  task: z.string(),
  digest: z.string(),
  category: z.string(),
  family: z.string(),
})

const wallRow = z.object({ contestant: z.string(), median_wall_seconds: z.number() })

const taskWallRow = z.object({ task: z.string(), median_wall_seconds: z.number() })

const failureRow = z.object({
  contestant: z.string(),
  task: z.string(),
  near_miss: count,
  wrong: count,
  agent_timeout: count,
  agent_error: count,
  budget: count,
})
type FailureRow = z.output<typeof failureRow>

const phaseRow = z.object({
  contestant: z.string(),
  phase: z.string(),
  attempts: count,
  total_seconds: z.number(),
  median_seconds: z.number(),
  p95_seconds: z.number(),
})
type PhaseRow = z.output<typeof phaseRow>

export interface SweepResultsOptions {
  /** Parts of the score from the checks, of which there are many; the default. */
  readonly dimensions?: boolean
  /** Median times of tasks; the default. */
  readonly taskTimes?: boolean
  /** How trials failed, and where attempts spent their time; the default. */
  readonly ends?: boolean
}

/**
 * Results of a sweep as they stand now, as sufficient statistics that the database has added up:
 * one row a contestant x task, however many trials there are.
 *
 * @throws Failure `engine.unreachable`.
 */
export async function readSweepResults(
  store: Store,
  sweep: SweepId,
  { dimensions = true, taskTimes = true, ends = true }: SweepResultsOptions = {},
): Promise<Results> {
  const [cells, walls, parts, tasks, taskWalls, failures, phases] = await Promise.all([
    store.queryColumns('board-cells', cellRow, { sweep }),
    store.query('board-wall-times', wallRow, { sweep }),
    dimensions ? store.query('board-dimensions', dimensionRow, { sweep }) : [],
    store.query('board-tasks', taskRow, { sweep }),
    taskTimes ? store.query('task-wall-times', taskWallRow, { sweep }) : [],
    ends ? store.query('board-failures', failureRow, { sweep }) : null,
    ends ? store.query('board-phases', phaseRow, { sweep }) : [],
  ])
  const medians = new Map(walls.map((row) => [row.contestant, row.median_wall_seconds]))
  const facts = new Map(tasks.map((row) => [row.task, row]))
  const taskMedians = new Map(taskWalls.map((row) => [row.task, row.median_wall_seconds]))
  return resultsOf(cells, {
    parts,
    medians,
    failures,
    phases: Map.groupBy(phases, ({ contestant }) => contestant),
    taskFacts: (name) => {
      const row = facts.get(name)
      return {
        name,
        family: row?.family || null,
        category: row?.category || null,
        version: row?.digest || null,
        medianWallSeconds: taskMedians.get(name) ?? null,
      }
    },
  })
}

function resultsOf(
  cells: readonly CellRow[],
  {
    parts,
    medians,
    failures,
    phases,
    taskFacts,
  }: {
    readonly parts: readonly DimensionRow[]
    readonly medians: ReadonlyMap<string, number | null>
    readonly failures: readonly FailureRow[] | null
    readonly phases: ReadonlyMap<string, readonly PhaseRow[]>
    readonly taskFacts: (name: string) => TaskFacts
  },
): Results {
  const firsts = new Map(cells.map((row) => [row.contestant, row]))
  const names = [...firsts.keys()].sort(byName)
  const tasks = [...new Set(cells.map(({ task }) => task))].sort(byName)
  const facts = tasks.map(taskFacts)
  const clusters = clustersByFamily(facts)
  const contestants = names.map((name): ContestantFacts => {
    const { agent = '', model = '', simulated = false } = firsts.get(name) ?? {}
    const medianWallSeconds = medians.get(name) ?? null
    const times = phases.get(name)?.map(phaseTime) ?? null
    return { name, agent, model: model || null, simulated, medianWallSeconds, phases: times }
  })
  const place = placesOf(names, tasks)
  const size = names.length * tasks.length
  const countsOf = <Row extends Pick<CellRow, 'contestant' | 'task'>>(
    rows: readonly Row[],
    of: (row: Row) => number,
  ): Int32Array => {
    const values = new Int32Array(size)
    for (const row of rows) values[place(row)] = of(row)
    return values
  }
  const column = (of: (row: CellRow) => number) => countsOf(cells, of)
  const amounts = (of: (row: CellRow) => number): Float64Array => {
    const values = new Float64Array(size)
    for (const row of cells) values[place(row)] = of(row)
    return values
  }
  const base = { contestants: names, tasks, clusters }
  const n = column(({ valid }) => valid)
  const missing = column(({ planned, valid }) => planned - valid)
  const dimensions = [...Map.groupBy(parts, ({ dimension }) => dimension)]
    .sort(([a], [b]) => byName(a, b))
    .map(([name, rows]): [string, ScoreTable] => {
      const table = {
        ...base,
        n: new Int32Array(size),
        sum: new Float64Array(size),
        sumSquares: new Float64Array(size),
        missing: n.map((valid, at) => valid + (missing[at] ?? 0)),
      }
      for (const row of rows) {
        const at = place(row)
        table.n[at] = row.valid
        table.sum[at] = row.score_micros
        table.sumSquares[at] = row.score_micros_squared
        table.missing[at] = (table.missing[at] ?? 0) - row.valid
      }
      return [name, table]
    })
  return {
    contestants,
    tasks: facts,
    passes: {
      ...base,
      n,
      missing,
      sum: amounts(({ passed }) => passed * MICRO),
      sumSquares: amounts(({ passed }) => passed * MICRO * MICRO),
    },
    scores: {
      ...base,
      n,
      missing,
      sum: amounts((row) => row.score_micros),
      sumSquares: amounts((row) => row.score_micros_squared),
    },
    dimensions: new Map(dimensions),
    missing: {
      infraFailed: column((row) => row.infra_failed),
      ungraded: column(({ ungraded }) => ungraded),
      cancelled: column(({ cancelled }) => cancelled),
      unfinished: column(({ unfinished }) => unfinished),
    },
    failures:
      failures === null
        ? null
        : {
            nearMiss: countsOf(failures, (row) => row.near_miss),
            wrong: countsOf(failures, ({ wrong }) => wrong),
            agentTimeout: countsOf(failures, (row) => row.agent_timeout),
            agentError: countsOf(failures, (row) => row.agent_error),
            budget: countsOf(failures, ({ budget }) => budget),
          },
    costUsd: amounts((row) => row.cost_micros / MICRO),
    knownCosts: column((row) => row.known_costs),
  }
}

const phaseTime = (row: PhaseRow): PhaseTime => ({
  phase: row.phase,
  attempts: row.attempts,
  totalSeconds: row.total_seconds,
  medianSeconds: row.median_seconds,
  p95Seconds: row.p95_seconds,
})

/** Where a contestant x task is in the arrays. */
function placesOf(contestants: readonly string[], tasks: readonly string[]) {
  const rows = new Map(contestants.map((name, at) => [name, at]))
  const columns = new Map(tasks.map((name, at) => [name, at]))
  return ({ contestant, task }: { readonly contestant: string; readonly task: string }): number =>
    (rows.get(contestant) ?? 0) * tasks.length + (columns.get(task) ?? 0)
}
