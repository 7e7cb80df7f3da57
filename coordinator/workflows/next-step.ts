import { FAILURES, isFailureCode } from '../../core/failure.ts'

/** Why an attempt did not come to an end of its own. */
export interface AttemptFailure {
  /** A code of the table of failures, or `bug` for anything that nobody foresaw. */
  readonly code: string
  readonly message: string
}

export type NextStep =
  | { readonly step: 'retry'; readonly delayMs: number }
  | { readonly step: 'give-up' }

const FIRST_DELAY_MS = 1_000
const LONGEST_DELAY_MS = 60_000

/**
 * What follows an attempt that failed by a fault of the infrastructure. Outcomes are never looked
 * at here: a trial is not run again because of how it scored.
 *
 * @param attempt the one that failed, from 1.
 */
export function afterFailedAttempt(
  { code }: AttemptFailure,
  attempt: number,
  { attempts }: { attempts: number },
): NextStep {
  const hopeless = isFailureCode(code) && !FAILURES[code].retry
  if (hopeless || attempt >= attempts) return { step: 'give-up' }
  if (code === 'node.restarted') return { step: 'retry', delayMs: 0 }
  return { step: 'retry', delayMs: Math.min(FIRST_DELAY_MS * 4 ** (attempt - 1), LONGEST_DELAY_MS) }
}

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
