import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow'
import type { AttemptFailure } from './next-step.ts'

/** What an activity's failure says in our words. Losing a worker shows as a timeout. */
export function failureOf(error: unknown): AttemptFailure {
  const cause = error instanceof ActivityFailure ? error.cause : error
  if (cause instanceof TimeoutFailure) {
    return { code: 'node.lost', message: `No sign of life from the node (${cause.timeoutType}).` }
  }
  if (cause instanceof ApplicationFailure) {
    return { code: cause.type ?? 'bug', message: cause.message.slice(0, 500) }
  }
  return {
    code: 'bug',
    message: (cause instanceof Error ? cause.message : String(cause)).slice(0, 500),
  }
}
