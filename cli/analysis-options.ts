import { assertContestant } from '../analytics/analysis/assert-contestant.ts'
import type { AnalysisOptions } from '../analytics/analysis/run-analysis.ts'
import type { Results } from '../analytics/results/results.ts'

/** Flags of `STATISTICS_FLAGS` as they were read. */
export interface StatisticsFlags {
  readonly level: number
  readonly by?: 'category' | 'family' | undefined
  readonly baseline?: string | undefined
  readonly margin?: number | undefined
  readonly resamples: number
  readonly seed: number
}

/** @throws Failure `input.invalid` for a baseline that is no contestant. */
export function analysisOptions(
  { level, by, baseline, margin, resamples, seed }: StatisticsFlags,
  results: Results,
): AnalysisOptions {
  assertContestant(baseline, results)
  return {
    level,
    baseline,
    margin: margin === undefined ? undefined : margin / 100,
    resamples,
    seed,
    by: by === undefined ? [] : [by],
  }
}
