import { setTimeout as sleep } from 'node:timers/promises'
import { ActivityNotFoundError } from '@temporalio/client'

const PAUSE_MS = 1_000

/**
 * Tells the Temporal server how an activity ended, again and again while it is away: an answer that
 * is lost costs the whole attempt. The client says of everything but an unknown activity only that
 * it failed.
 *
 * @returns false when the server waits for no answer: the activity was cancelled or given up, or
 *   somebody has answered for it. After a try that failed nobody can tell: that one may have arrived.
 * @throws what the client throws once the patience is over.
 */
export async function untilAnswered(
  call: () => Promise<void>,
  patienceMs: number,
): Promise<boolean> {
  const deadline = performance.now() + patienceMs
  for (let tries = 1; ; tries++) {
    try {
      await call()
      return true
    } catch (error) {
      if (error instanceof ActivityNotFoundError) return tries > 1
      if (performance.now() > deadline) throw error
      await sleep(PAUSE_MS, undefined, { ref: false })
    }
  }
}
