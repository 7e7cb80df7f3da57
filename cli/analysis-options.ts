import type { AnalysisOptions } from '../analytics/analysis/run-analysis.ts'
import type { Results } from '../analytics/results/results.ts'
import { Failure } from '../core/failure.ts'
import { nearestName } from '../core/nearest.ts'

/** Flags of {@link STATISTICS_FLAGS} as they were read. */
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
  { contestants }: Results,
): AnalysisOptions {
  const names = contestants.map(({ name }) => name)
  if (baseline !== undefined && !names.includes(baseline)) {
    const near = nearestName(baseline, names)
    const hint =
      near === undefined ? `There are: ${names.slice(0, 20).join(', ')}.` : `Is it ${near}?`
    throw new Failure('input.invalid', `--baseline: no contestant is called ${baseline}. ${hint}`)
  }
  return {
    level,
    baseline,
    margin: margin === undefined ? undefined : margin / 100,
    resamples,
    seed,
    by: by === undefined ? [] : [by],
  }
}
