import { FAILURES, isFailureCode } from '../../core/failure.ts'
import type { KeptArtifacts } from '../contract/activities.ts'

/** Why an attempt did not come to an end of its own. */
export interface AttemptFailure {
  /** A code of the table of failures, or `bug` for anything that nobody foresaw. */
  readonly code: string
  readonly message: string
  /** What is kept of the verifier that gave no verdict. */
  readonly artifacts?: KeptArtifacts
}

export type NextStep =
  | { readonly step: 'retry'; readonly delayMs: number }
  | { readonly step: 'give-up' }

const FIRST_DELAY_MS = 1_000
const LONGEST_DELAY_MS = 60_000

/**
 * Attempts that went down with their node or its daemon, or were handed back when it stopped, are
 * no tries of the trial; but a trial that takes nodes with it ends somewhere.
 */
const NODE_FAULTS: ReadonlySet<string> = new Set([
  'node.restarted',
  'node.lost',
  'docker.unreachable',
])
const FREE_ATTEMPTS = 5

/**
 * What follows an attempt that failed by a fault of the infrastructure. Outcomes are never looked
 * at here: a trial is not run again because of how it scored.
 *
 * @param failures of all attempts so far, the last one at the end; not empty.
 */
export function afterFailedAttempt(
  failures: readonly AttemptFailure[],
  { attempts }: { attempts: number },
): NextStep {
  const code = failures.at(-1)?.code ?? 'bug'
  const free = failures.filter((failure) => NODE_FAULTS.has(failure.code)).length
  const tries = failures.length - Math.min(free, FREE_ATTEMPTS)
  const hopeless = isFailureCode(code) && !FAILURES[code].retry
  if (hopeless || tries >= attempts) return { step: 'give-up' }
  if (code === HANDED_BACK) return { step: 'retry', delayMs: 0 }
  const delayMs = Math.min(FIRST_DELAY_MS * 4 ** Math.max(0, tries - 1), LONGEST_DELAY_MS)
  return { step: 'retry', delayMs }
}

const HANDED_BACK = 'node.restarted'

/** Gradings of one snapshot before a trial counts as ungraded. */
export const GRADINGS = 3

/**
 * What follows a grading that failed. `regrade` uses the same snapshot; `new-attempt` is for a
 * snapshot that went down with its node.
 */
export function afterFailedGrading(
  { code }: AttemptFailure,
  grading: number,
): 'regrade' | 'new-attempt' | 'ungraded' {
  if (code === 'node.lost' || code === 'snapshot.lost') return 'new-attempt'
  return grading < GRADINGS ? 'regrade' : 'ungraded'
}

/** Trials that may be open at once, given the fleet: enough that no slot waits for the next one. */
export function fleetWindow(slots: number, concurrency: number | null): number {
  return concurrency ?? Math.max(4, 2 * slots)
}

/**
 * The window of the shard that is admitting. While older shards still have trials open it gets
 * half, which keeps every slot busy without doubling what is open.
 */
export function shardWindow(window: number, olderShards: number): number {
  return olderShards === 0 ? window : Math.max(1, Math.ceil(window / 2))
}
