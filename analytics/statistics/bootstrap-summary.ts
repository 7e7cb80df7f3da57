import {
  BINS_PER_ERROR,
  type BootstrapCounts,
  type BootstrapProblem,
  DISTANCE_BINS,
} from './bootstrap.ts'
import { normalUpperTail } from './normal.ts'
import { tQuantile } from './student-t.ts'

/** What resamples say of one contestant. */
export interface ResampledContestant {
  /** Share of resamples in which it is on top, ties split: not a probability of truth. */
  readonly pBest: number
  /** Percentile interval of the mean, a cross-check of the closed form; null where nothing varies. */
  readonly low: number | null
  readonly high: number | null
  /** Ranks that hold the middle share of resamples. */
  readonly rankLow: number
  readonly rankHigh: number
}

export interface BootstrapSummary {
  readonly resamples: number
  /** In the order of the problem. */
  readonly contestants: readonly ResampledContestant[]
  /**
   * Half width, in standard errors, of intervals that hold the differences of all pairs at once;
   * null without a pair that varies.
   */
  readonly simultaneous: number | null
}

/** @param level share of resamples within the intervals. */
export function summarise(
  counts: BootstrapCounts,
  { contestants, clusters, means, errors, pairErrors }: BootstrapProblem,
  { level = 0.95 } = {},
): BootstrapSummary {
  const tail = (1 - level) / 2
  const { resamples } = counts
  const summaries = Array.from({ length: contestants }, (_, at): ResampledContestant => {
    const [mean, error] = [means[at] ?? 0, errors[at] ?? 0]
    const bins = counts.distances.subarray(at * DISTANCE_BINS, (at + 1) * DISTANCE_BINS)
    const end = (share: number) =>
      Math.min(
        1,
        Math.max(
          0,
          mean + (error * (quantileBin(bins, share) - DISTANCE_BINS / 2)) / BINS_PER_ERROR,
        ),
      )
    const ranks = counts.ranks.subarray(at * contestants, (at + 1) * contestants)
    return {
      pBest: splitTies(counts.top.subarray(at * contestants, (at + 1) * contestants)) / resamples,
      low: error > 0 ? end(tail) : null,
      high: error > 0 ? end(1 - tail) : null,
      rankLow: 1 + Math.floor(quantileBin(ranks, tail)),
      rankHigh: Math.ceil(quantileBin(ranks, 1 - tail)),
    }
  })
  const varies = pairErrors.some((error) => error > 0)
  const simultaneous = varies ? criticalValue(counts.maxima, { level, clusters }) : null
  return { resamples, contestants: summaries, simultaneous }
}

/**
 * The bootstrap's quantile of max |t| comes from nearly normal sums scaled by fixed standard errors;
 * as a tail of the normal it is turned into the same tail of t, which knows that those standard
 * errors are estimates.
 */
function criticalValue(
  maxima: Uint32Array,
  { level, clusters }: { readonly level: number; readonly clusters: number },
): number {
  const z = quantileBin(maxima, level) / BINS_PER_ERROR
  return -tQuantile(normalUpperTail(z), clusters - 1)
}

/** Where a share of all counts lies below, in bins, spread evenly within each. */
function quantileBin(bins: Uint32Array, share: number): number {
  let total = 0
  for (const count of bins) total += count
  let below = share * total
  for (const [bin, count] of bins.entries()) {
    if (below <= count && count > 0) return bin + below / count
    below -= count
  }
  return bins.length
}

/** @param top resamples on top alone, with one other, with two others, … */
function splitTies(top: Uint32Array): number {
  let total = 0
  for (const [others, count] of top.entries()) total += count / (others + 1)
  return total
}
