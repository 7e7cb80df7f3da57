import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow'
import type { Digest } from '../../core/ids.ts'
import type { KeptArtifacts } from '../contract/activities.ts'
import type { AttemptFailure } from './next-step.ts'

/** What an activity's failure says in our words. Losing a worker shows as a timeout. */
export function failureOf(error: unknown): AttemptFailure {
  const cause = error instanceof ActivityFailure ? error.cause : error
  if (cause instanceof TimeoutFailure) {
    return { code: 'node.lost', message: `No sign of life from the node (${cause.timeoutType}).` }
  }
  if (cause instanceof ApplicationFailure) {
    const failure = { code: cause.type ?? 'bug', message: cause.message.slice(0, 500) }
    const artifacts = artifactsIn(cause.details?.[0])
    return artifacts === null ? failure : { ...failure, artifacts }
  }
  return {
    code: 'bug',
    message: (cause instanceof Error ? cause.message : String(cause)).slice(0, 500),
  }
}

/** A failure's facts, when they are those of a verifier that left something. */
function artifactsIn(facts: unknown): KeptArtifacts | null {
  if (typeof facts !== 'object' || facts === null) return null
  const { digest, files, bytes }: { digest?: unknown; files?: unknown; bytes?: unknown } = facts
  if (!isDigest(digest) || typeof files !== 'number' || typeof bytes !== 'number') return null
  return { digest, files, bytes }
}

/** Workflows reach nothing that hashes, so not `core/ids.ts` either. */
const isDigest = (value: unknown): value is Digest =>
  typeof value === 'string' && /^sha256:[0-9a-f]{64}$/.test(value)
