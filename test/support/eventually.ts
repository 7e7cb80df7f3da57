import { setTimeout as sleep } from 'node:timers/promises'

/** Asks again and again until the answer is yes. @throws Error when the deadline passes first. */
export async function eventually(
  what: string,
  isSo: () => Promise<boolean> | boolean,
  deadlineMs = 30_000,
): Promise<void> {
  const deadline = Date.now() + deadlineMs
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`not within ${deadlineMs} ms: ${what}`)
    await sleep(50)
  }
}
