import type { ModelCall } from '../core/model-call.ts'
import type { TrajectoryEvent } from '../core/trajectory.ts'

/**
 * The words of the calls, where no event says them: an agent without a log of its own is told by
 * what its model answered. Empty for an agent that has turns of its own.
 */
export function spokenCalls(
  events: readonly Pick<TrajectoryEvent, 'kind' | 'turn'>[],
  calls: readonly ModelCall[],
): Map<number, ModelCall> {
  const hasLog = events.some(
    ({ kind, turn }) => turn > 0 && (kind === 'message' || kind === 'tool-call'),
  )
  return hasLog ? new Map() : new Map(calls.map((call) => [call.call, call]))
}
