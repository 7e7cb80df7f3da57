import { z } from 'zod'
import { Failure } from '../../core/failure.ts'
import { isSweepId, type SweepId } from '../../core/ids.ts'
import type { Store } from '../store.ts'
import { type PooledPart, poolResults } from './pool-results.ts'
import { readSweepResults } from './read-sweep-results.ts'
import type { Results } from './results.ts'

/** A suite as far as its results are concerned. */
export interface SuiteVersion {
  readonly name: string
  readonly tasks: readonly { readonly name: string; readonly digest: string }[]
}

export interface SuiteResults {
  readonly results: Results
  readonly sweeps: readonly SweepId[]
  /** Tasks of the suite that no sweep has run at their present version. */
  readonly untried: readonly string[]
}

const row = z.object({
  sweep_id: z.string().refine(isSweepId),
  task: z.string(),
  digest: z.string(),
})

/**
 * What all sweeps that have ended found of a suite's tasks, as these are now: results of earlier
 * versions of a task do not count, those of the same task in another suite do.
 *
 * @throws Failure `sweep.not-found` when there are none; `engine.unreachable`.
 */
export async function readSuiteResults(store: Store, suite: SuiteVersion): Promise<SuiteResults> {
  const digests = new Map(suite.tasks.map(({ name, digest }) => [name, digest]))
  const versions = await store.query('task-versions', row)
  const present = versions.filter(({ task, digest }) => digests.get(task) === digest)
  if (present.length === 0) {
    const message =
      `No sweep that has ended has run a task of ${suite.name} as it is now. ` +
      `Run one: sbench run --suite ${suite.name} --agent oracle,nop`
    throw new Failure('sweep.not-found', message, { facts: { suite: suite.name } })
  }
  const parts: (PooledPart & { readonly sweep: SweepId })[] = []
  for (const [sweep, rows] of Map.groupBy(present, ({ sweep_id }) => sweep_id)) {
    const results = await readSweepResults(store, sweep, { dimensions: false, ends: false })
    parts.push({ sweep, results, tasks: new Set(rows.map(({ task }) => task)) })
  }
  const tried = new Set(present.map(({ task }) => task))
  return {
    results: poolResults(parts),
    sweeps: parts.map(({ sweep }) => sweep),
    untried: suite.tasks.flatMap(({ name }) => (tried.has(name) ? [] : [name])),
  }
}
