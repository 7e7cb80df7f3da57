import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from './failure.ts'
import type { Log } from './log.ts'

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 1_000

/**
 * Opens a connection, for as long as it takes: the parts of the stack start in any order and come
 * back at any time. Says so in the log when it waits.
 *
 * @throws the signal's reason when it is aborted meanwhile.
 */
export async function retryUntilOpen<Connection>(
  what: string,
  open: () => Promise<Connection>,
  { log, signal }: { log: Log; signal?: AbortSignal },
): Promise<Connection> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    signal?.throwIfAborted()
    try {
      return await open()
    } catch (error) {
      if (pauseMs > FIRST_PAUSE_MS * 4) log.warn({ what, reason: messageOf(error) }, 'waiting')
      await sleep(pauseMs)
    }
  }
}
