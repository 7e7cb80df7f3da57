import type { SweepId } from '../core/ids.ts'
import type { BoardEntry, Slice } from './analysis/analysis-document.ts'
import type { ResampleCache } from './analysis/resample-cache.ts'
import { boardOf, DEFAULTS, measuresOf } from './analysis/run-analysis.ts'
import { slicesOf } from './analysis/slices.ts'
import { readSweep, type SweepSummary } from './read-sweeps.ts'
import { readSweepResults } from './results/read-sweep-results.ts'
import { dataVersion } from './results/results.ts'
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
  readonly by?: 'category' | 'family' | 'dimension' | undefined
  readonly cache?: ResampleCache
}

/** @throws Failure `sweep.not-found`, `engine.unreachable`. */
export async function readLeaderboard(
  store: Store,
  sweep: SweepId,
  options: LeaderboardOptions = {},
): Promise<Leaderboard> {
  const { level = DEFAULTS.level, seed = DEFAULTS.seed, resamples = 0, by, cache } = options
  const [summary, results] = await Promise.all([
    readSweep(store, sweep),
    readSweepResults(store, sweep, { dimensions: by === 'dimension', taskTimes: false }),
  ])
  const version = dataVersion(results)
  const drawn = { level, seed, resamples, version, ...(cache === undefined ? {} : { cache }) }
  const [pass, score, ...dimensions] = measuresOf(results)
  const entries = async (measure: typeof pass): Promise<readonly BoardEntry[]> =>
    measure === undefined ? [] : (await boardOf(results, measure, drawn)).entries
  const boards: DimensionBoard[] = []
  for (const measure of by === 'dimension' ? dimensions : []) {
    boards.push({ dimension: measure.label, entries: await entries(measure) })
  }
  return {
    sweep: summary,
    passFail: await entries(pass),
    partialCredit: await entries(score),
    dimensions: boards,
    slices: by === 'category' || by === 'family' ? await slicesOf(results, { by, level }) : [],
  }
}
