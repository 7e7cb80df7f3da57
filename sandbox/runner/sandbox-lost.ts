import { setTimeout as delay } from 'node:timers/promises'
import type Docker from 'dockerode'
import { Failure } from '../../core/failure.ts'
import { dockerCall, refusalOf, statusOf, TIME_LIMITS } from '../docker-call.ts'

/** Docker notes the end of a container this much later than that of a command in it. */
const LATE_END_MS = 400

/** What whoever waits for a command hears when its sandbox, or the way to it, is gone. */
export function sandboxLost({ id }: Docker.Container, why: string, cause?: unknown): Failure {
  return new Failure('sandbox.lost', `The sandbox's runner is gone. ${why}`, {
    facts: { container: id },
    cause,
  })
}

/** A refusal by Docker as our failure; anything else as it is. */
export function asLost(container: Docker.Container, error: unknown): unknown {
  return statusOf(error) === null ? error : sandboxLost(container, refusalOf(error), error)
}

/**
 * Something in the container ended or failed that may have gone down with all of it.
 *
 * @throws Failure `sandbox.lost` when the container has ended or is gone.
 */
export async function checkAlive(container: Docker.Container): Promise<void> {
  const deadline = performance.now() + LATE_END_MS
  while (performance.now() < deadline) {
    const { State } = await dockerCall('tell of a container', TIME_LIMITS.readMs, (abortSignal) =>
      container.inspect({ abortSignal }),
    ).catch((error: unknown) => {
      throw asLost(container, error)
    })
    if (!State.Running) throw sandboxLost(container, 'It ended.')
    await delay(25)
  }
}
