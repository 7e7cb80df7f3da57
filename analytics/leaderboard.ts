import { z } from 'zod'
import type { SweepId } from '../core/ids.ts'
import { readSweep, type SweepSummary } from './read-sweeps.ts'
import { clusterT } from './statistics/cluster-t.ts'
import { designEffectWilson } from './statistics/design-effect-wilson.ts'
import {
  type Interval,
  MICRO,
  macroMean,
  missingBounds,
  type TaskCell,
} from './statistics/task-cell.ts'
import type { Store } from './store.ts'

/** Both boards of a sweep, as its results stand now. */
export interface Leaderboard {
  readonly sweep: SweepSummary
  readonly passFail: readonly BoardEntry[]
  readonly partialCredit: readonly BoardEntry[]
}

/** One contestant. Entries come with the highest mean first; those without one are last. */
export interface BoardEntry {
  readonly contestant: string
  readonly agent: string
  readonly model: string | null
  /** Its results are drawn by chance. */
  readonly simulated: boolean
  /** Mean over tasks of each task's mean, as a fraction of 1; null without a valid trial. */
  readonly mean: number | null
  /** Null below ten tasks. */
  readonly interval: Interval | null
  /** The mean if all missing trials failed, and if all passed. */
  readonly bounds: { readonly low: number; readonly high: number } | null
  /** Tasks with a valid trial. Fewer than planned: the contestant is incomplete. */
  readonly tasks: number
  readonly plannedTasks: number
  readonly valid: number
  readonly planned: number
  readonly missing: MissingTrials
  /** Of a valid trial, without its time in the queue. */
  readonly medianWallSeconds: number | null
  /** US dollars of a valid trial, mean over those whose cost is known; null when none is. */
  readonly meanCostUsd: number | null
  /** Valid trials whose cost is unknown: they are not in the mean. */
  readonly unknownCosts: number
}

/** Trials without a score, by why. They are never zeros. */
export interface MissingTrials {
  readonly infraFailed: number
  readonly ungraded: number
  readonly cancelled: number
  /** No result yet. */
  readonly unfinished: number
}

export interface LeaderboardOptions {
  /** Coverage of the intervals, as a fraction. */
  readonly level?: number
}

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
})
type CellRow = z.output<typeof cellRow>

const costRow = z.object({
  contestant: z.string(),
  mean_cost_usd: z.number().nullable(),
  unknown: count,
})
type CostRow = z.output<typeof costRow>

const wallRow = z.object({ contestant: z.string(), median_wall_seconds: z.number() })

/** @throws Failure `sweep.not-found`, `engine.unreachable`. */
export async function readLeaderboard(
  store: Store,
  sweep: SweepId,
  options: LeaderboardOptions = {},
): Promise<Leaderboard> {
  const [summary, cells, walls, costs] = await Promise.all([
    readSweep(store, sweep),
    store.query('board-cells', cellRow, { sweep }),
    store.query('board-wall-times', wallRow, { sweep }),
    store.query('board-costs', costRow, { sweep }),
  ])
  const trials: TrialFigures = {
    medians: new Map(walls.map((row) => [row.contestant, row.median_wall_seconds])),
    costs: new Map(costs.map((row) => [row.contestant, row])),
  }
  const contestants = Map.groupBy(cells, ({ contestant }) => contestant)
  const board = (rule: (rows: readonly CellRow[]) => Scoring): BoardEntry[] =>
    [...contestants.values()]
      .map((rows) => entryOf(rows, rule(rows), trials))
      .sort((a, b) => (b.mean ?? -1) - (a.mean ?? -1) || compare(a.contestant, b.contestant))
  return {
    sweep: summary,
    passFail: board((rows) => {
      const taskCells = rows.map(passCell)
      return { cells: taskCells, interval: designEffectWilson(taskCells, options) }
    }),
    partialCredit: board((rows) => {
      const taskCells = rows.map(creditCell)
      return { cells: taskCells, interval: clusterT(taskCells, options) }
    }),
  }
}

/** Of valid trials, by contestant. */
interface TrialFigures {
  readonly medians: ReadonlyMap<string, number>
  readonly costs: ReadonlyMap<string, CostRow>
}

interface Scoring {
  readonly cells: readonly TaskCell[]
  readonly interval: Interval | null
}

function passCell({ task, valid, passed, planned }: CellRow): TaskCell {
  const sumMicros = passed * MICRO
  return { task, n: valid, sumMicros, sumSquares: sumMicros * MICRO, missing: planned - valid }
}

function creditCell(row: CellRow): TaskCell {
  const { task, valid, score_micros: sumMicros, score_micros_squared: sumSquares, planned } = row
  return { task, n: valid, sumMicros, sumSquares, missing: planned - valid }
}

function entryOf(
  rows: readonly CellRow[],
  { cells, interval }: Scoring,
  { medians, costs }: TrialFigures,
): BoardEntry {
  const [first] = rows
  const sum = (of: (row: CellRow) => number) => rows.reduce((total, row) => total + of(row), 0)
  const contestant = first?.contestant ?? ''
  return {
    contestant,
    agent: first?.agent ?? '',
    model: first?.model || null,
    simulated: first?.simulated ?? false,
    mean: macroMean(cells),
    interval,
    bounds: missingBounds(cells),
    tasks: rows.filter(({ valid }) => valid > 0).length,
    plannedTasks: rows.length,
    valid: sum(({ valid }) => valid),
    planned: sum(({ planned }) => planned),
    missing: {
      infraFailed: sum((row) => row.infra_failed),
      ungraded: sum((row) => row.ungraded),
      cancelled: sum((row) => row.cancelled),
      unfinished: sum((row) => row.unfinished),
    },
    medianWallSeconds: medians.get(contestant) ?? null,
    meanCostUsd: costs.get(contestant)?.mean_cost_usd ?? null,
    unknownCosts: costs.get(contestant)?.unknown ?? 0,
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
