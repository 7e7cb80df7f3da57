import type { AnalysisSource } from '../analytics/analysis/run-analysis.ts'
import { stopLines } from '../analytics/leaderboard-text.ts'
import { readSweep, type SweepSummary } from '../analytics/read-sweeps.ts'
import { mergeResults } from '../analytics/results/merge-results.ts'
import { readSweepResults } from '../analytics/results/read-sweep-results.ts'
import type { Results } from '../analytics/results/results.ts'
import {
  conditionsOf,
  differencesBetween,
  readConditions,
} from '../analytics/results/sweep-conditions.ts'
import { readStopIntervals } from '../analytics/stopping/stop-intervals.ts'
import { FIXED_NOTE } from '../analytics/stopping/stop-text.ts'
import { Failure } from '../core/failure.ts'
import type { Connections } from './connections.ts'
import { findSweep } from './find-sweep.ts'

const SHOWN = 10

export interface SweepsTogether {
  readonly results: Results
  readonly names: readonly string[]
  /** As the document of statistics says where its data is from. */
  readonly source: AnalysisSource
}

/**
 * Results of several sweeps as one, if their tasks, limits and graders are the same.
 *
 * @param references as `findSweep` takes them.
 * @throws Failure `sweep.not-found`; `sweep.not-comparable` naming each difference.
 */
export async function readSweepsTogether(
  farm: Connections,
  references: readonly string[],
): Promise<SweepsTogether> {
  const found = await Promise.all(references.map((reference) => findSweep(farm, reference)))
  const parts = await Promise.all(
    found.map(async ({ sweep, name }) => ({
      sweep,
      name: `${name} ${sweep.slice(0, 13)}`,
      results: await readSweepResults(farm.store, sweep),
      conditions: await readConditions(farm.store, sweep),
      summary: await readSweep(farm.store, sweep).catch(unknownYet),
      stopping: await readStopIntervals(farm.store, sweep),
    })),
  )
  const [first, ...others] = parts
  for (const other of others) {
    if (first === undefined) continue
    const differences = differencesBetween(first.conditions, other.conditions)
    if (differences.length === 0) continue
    const more = differences.length > SHOWN ? `\n  - and ${differences.length - SHOWN} more` : ''
    const lines = differences.slice(0, SHOWN).map((line) => `\n  - ${line}`)
    throw new Failure(
      'sweep.not-comparable',
      `${first.name} and ${other.name} measure different things:${lines.join('')}${more}`,
      { facts: { first: first.sweep, second: other.sweep, differences: differences.length } },
    )
  }
  const results = mergeResults(parts)
  const names = parts.map(({ name }) => name)
  const rows = [...results.scores.n, ...results.scores.missing].reduce((sum, n) => sum + n, 0)
  const source = {
    kinds: ['sweep'],
    names,
    rows,
    notes: parts.flatMap(({ name, summary, stopping }) => {
      const [head, ...lines] = summary === null ? [] : stopLines({ sweep: summary, stopping })
      if (head === undefined) return []
      return [`${name}: ${head}`, ...lines, ...(summary?.stopped ? [FIXED_NOTE] : [])]
    }),
    sweeps: parts.flatMap(({ summary }) => (summary === null ? [] : [sweepFacts(summary)])),
    conditions: conditionsOf(parts.flatMap(({ conditions }) => conditions)),
  }
  return { results, names, source }
}

/** A sweep that was submitted a moment ago is known to Temporal before it is to the database. */
function unknownYet(error: unknown): null {
  if (error instanceof Failure && error.code === 'sweep.not-found') return null
  throw error
}

const sweepFacts = (summary: SweepSummary) => ({
  sweep: summary.sweep,
  name: summary.name,
  suite: summary.suite,
  suiteVersion: summary.suiteVersion,
  status: summary.status,
  startedAt: summary.startedAt,
  finishedAt: summary.finishedAt,
})
