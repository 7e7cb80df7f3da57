import { createHash } from 'node:crypto'
import type { ScoreTable } from '../statistics/score-table.ts'

/**
 * Results of contestants x tasks as sufficient statistics: all that boards, comparisons, plans and
 * task health need. Contestants and tasks are in the order of their names, whatever order rows
 * came in, so equal data gives equal bytes.
 */
export interface Results {
  readonly contestants: readonly ContestantFacts[]
  readonly tasks: readonly TaskFacts[]
  /** Pass or fail, and partial credit. */
  readonly passes: ScoreTable
  readonly scores: ScoreTable
  /** Parts of the score that rows have, by name. */
  readonly dimensions: ReadonlyMap<string, ScoreTable>
  /** Trials without a score by why, contestants x tasks. */
  readonly missing: MissingCounts
  /** Valid trials that did not pass by how they ended; null when not read. */
  readonly failures: FailureCounts | null
  /** Contestants x tasks: dollars of valid trials whose cost is known, and how many those are. */
  readonly costUsd: Float64Array
  readonly knownCosts: Int32Array
}

export interface ContestantFacts {
  readonly name: string
  readonly agent: string | null
  readonly model: string | null
  /** Its results are drawn by chance. */
  readonly simulated: boolean
  /** Of its valid trials, without time in queues; null when unknown. */
  readonly medianWallSeconds: number | null
  /** Of all its attempts, in the order in which phases pass; null when unknown. */
  readonly phases: readonly PhaseTime[] | null
}

export interface PhaseTime {
  readonly phase: string
  readonly attempts: number
  readonly totalSeconds: number
  readonly medianSeconds: number
  readonly p95Seconds: number
}

export interface TaskFacts {
  readonly name: string
  readonly family: string | null
  readonly category: string | null
  /** Digest of the task's content; null when unknown. */
  readonly version: string | null
  readonly medianWallSeconds: number | null
}

export interface MissingCounts {
  readonly infraFailed: Int32Array
  readonly ungraded: Int32Array
  readonly cancelled: Int32Array
  /** Planned, without a result yet. */
  readonly unfinished: Int32Array
}

/** Contestants x tasks, as all counts are. */
export interface FailureCounts {
  /** The agent finished, and earned at least half of the marks. */
  readonly nearMiss: Int32Array
  readonly wrong: Int32Array
  readonly agentTimeout: Int32Array
  readonly agentError: Int32Array
  readonly budget: Int32Array
}

/** Marks from which a failure is a near miss, as a fraction. */
export const NEAR_MISS = 0.5

/** Cluster of each task: its family's, or its own. */
export function clustersByFamily(tasks: readonly TaskFacts[]): Int32Array {
  const families = new Map<string, number>()
  return Int32Array.from(tasks, ({ family }, at) => {
    if (family === null) return at
    const known = families.get(family) ?? at
    families.set(family, known)
    return known
  })
}

/**
 * Names the data: sha256 over everything that any statistic reads, contestants and tasks in order.
 * Equal for equal data wherever it comes from; part of the key under which results are cached.
 */
export function dataVersion(results: Results): string {
  const hash = createHash('sha256')
  const { contestants, tasks, passes, scores, dimensions, missing, failures } = results
  const { costUsd, knownCosts } = results
  hash.update(JSON.stringify([contestants, tasks, [...dimensions.keys()]]))
  for (const { clusters, n, sum, sumSquares, missing: absent } of [
    passes,
    scores,
    ...dimensions.values(),
  ]) {
    for (const values of [clusters, n, sum, sumSquares, absent]) hash.update(bytesOf(values))
  }
  const counts = [...Object.values(missing), ...Object.values(failures ?? {})]
  for (const values of [...counts, costUsd, knownCosts]) {
    hash.update(bytesOf(values as Int32Array | Float64Array))
  }
  return hash.digest('hex')
}

function bytesOf(values: Int32Array | Float64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}
