import { z } from 'zod'
import type { SweepId } from '../core/ids.ts'
import type { Board, BoardEntry, Pair, Slice } from './analysis/analysis-document.ts'
import { assertContestant } from './analysis/assert-contestant.ts'
import type { Measure } from './analysis/board-entries.ts'
import type { ResampleCache } from './analysis/resample-cache.ts'
import { boardOf, DEFAULTS, measuresOf } from './analysis/run-analysis.ts'
import { slicesOf } from './analysis/slices.ts'
import { readSweep, type SweepSummary } from './read-sweeps.ts'
import { readSweepResults } from './results/read-sweep-results.ts'
import { dataVersion, type Results } from './results/results.ts'
import { readStopIntervals, type StopInterval } from './stopping/stop-intervals.ts'
import type { Store } from './store.ts'

/** Both boards of a sweep, as its results stand now. */
export interface Leaderboard {
  readonly sweep: SweepSummary
  /** The highest mean first; entries without one are last. */
  readonly passFail: readonly BoardEntry[]
  readonly partialCredit: readonly BoardEntry[]
  /** One board a dimension of the checks, on the tasks that have it. */
  readonly dimensions: readonly DimensionBoard[]
  readonly slices: readonly Slice[]
  /** sha256 of the data behind the boards. */
  readonly dataVersion: string
  /** Both boards against a baseline, when one is asked for. */
  readonly comparisons: readonly Comparison[]
  /** What a sweep that may stop early compares, with intervals that hold at all its looks. */
  readonly stopping: readonly StopInterval[]
}

export interface Comparison {
  readonly label: string
  readonly level: number
  readonly pairs: readonly Pair[]
}

export interface DimensionBoard {
  readonly dimension: string
  readonly entries: readonly BoardEntry[]
}

export interface LeaderboardOptions {
  /** Coverage of the intervals, as a fraction. */
  readonly level?: number
  /** Of every random draw. */
  readonly seed?: number
  /** B of the bootstrap behind `pBest`; 0, the default, draws none. */
  readonly resamples?: number
  /** A contestant that all others are compared with. */
  readonly baseline?: string | undefined
  readonly by?: 'category' | 'family' | 'dimension' | undefined
  readonly cache?: ResampleCache
}

const tokenRow = z.object({
  contestant: z.string(),
  median_tokens: z.coerce.number().nullable(),
})

/** By contestant; one without a model has used none, which needs no look at all its attempts. */
async function medianTokens(
  store: Store,
  sweep: SweepId,
  { contestants }: Results,
): Promise<ReadonlyMap<string, number | null>> {
  const asked = contestants.some(({ model }) => model !== null)
  const rows = asked ? await store.query('board-tokens', tokenRow, { sweep }) : []
  return new Map([
    ...rows.map((row) => [row.contestant, row.median_tokens] as const),
    ...contestants.flatMap(({ name, model }) => (model === null ? [[name, 0] as const] : [])),
  ])
}

/** @throws Failure `sweep.not-found`, `engine.unreachable`. */
export async function readLeaderboard(
  store: Store,
  sweep: SweepId,
  options: LeaderboardOptions = {},
): Promise<Leaderboard> {
  const { level = DEFAULTS.level, seed = DEFAULTS.seed, resamples = 0, by, baseline } = options
  const [summary, stopping, results] = await Promise.all([
    readSweep(store, sweep),
    readStopIntervals(store, sweep),
    readSweepResults(store, sweep, {
      dimensions: by === 'dimension',
      taskTimes: false,
      ends: false,
    }),
  ])
  assertContestant(baseline, results)
  const { cache } = options
  const version = dataVersion(results)
  const tokens = await medianTokens(store, sweep, results)
  const board = async (measure: Measure): Promise<Board> => {
    const found = await boardOf(results, measure, {
      level,
      seed,
      resamples,
      version,
      baseline,
      pairs: baseline !== undefined,
      checks: false,
      ...(cache === undefined ? {} : { cache }),
    })
    const entries = found.entries.map((entry) => ({
      ...entry,
      medianTokens: tokens.get(entry.contestant) ?? null,
    }))
    return { ...found, entries }
  }
  const [passes, scores, ...dimensions] = measuresOf(results)
  const both = [await board(passes), await board(scores)] as const
  const boards: DimensionBoard[] = []
  for (const measure of by === 'dimension' ? dimensions : []) {
    boards.push({ dimension: measure.label, entries: (await board(measure)).entries })
  }
  return {
    sweep: summary,
    dataVersion: version,
    passFail: both[0].entries,
    partialCredit: both[1].entries,
    dimensions: boards,
    slices:
      by === 'category' || by === 'family' ? await slicesOf(results, { by, level, baseline }) : [],
    comparisons: both.flatMap(({ label, pairs }) =>
      pairs === null ? [] : [{ label, level, pairs }],
    ),
    stopping,
  }
}
