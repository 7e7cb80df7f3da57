import { setTimeout as sleep } from 'node:timers/promises'
import { ActivityNotFoundError } from '@temporalio/client'

const PAUSE_MS = 1_000

/**
 * Tells the Temporal server how an activity ended, again and again while it is away: an answer that
 * is lost costs the whole attempt. The client says of everything but an unknown activity only that
 * it failed.
 *
 * @throws ActivityNotFoundError when somebody has answered for the activity meanwhile; what the
 *   client throws once the patience is over.
 */
export async function untilAnswered(call: () => Promise<void>, patienceMs: number): Promise<void> {
  const deadline = performance.now() + patienceMs
  for (;;) {
    try {
      return await call()
    } catch (error) {
      if (error instanceof ActivityNotFoundError || performance.now() > deadline) throw error
      await sleep(PAUSE_MS, undefined, { ref: false })
    }
  }
}
