import { setTimeout as sleep } from 'node:timers/promises'

const FIRST_PAUSE_MS = 10
const LONGEST_PAUSE_MS = 250

/**
 * Asks again and again, ever more slowly, until the answer is yes.
 *
 * @throws Error when the deadline passes first.
 */
export async function eventually(
  what: string,
  isSo: () => Promise<boolean> | boolean,
  deadlineMs = 30_000,
): Promise<void> {
  const deadline = Date.now() + deadlineMs
  for (let pauseMs = FIRST_PAUSE_MS; !(await isSo()); pauseMs *= 1.5) {
    if (Date.now() > deadline) throw new Error(`not within ${deadlineMs} ms: ${what}`)
    await sleep(Math.min(pauseMs, LONGEST_PAUSE_MS))
  }
}
