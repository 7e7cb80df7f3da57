/** How long work may hold the thread before others have their turn, in milliseconds. */
const TURN_MS = 15

/**
 * Lets others have the thread: a loop awaits it after each step, and it pauses only when enough
 * time has passed since the last pause.
 */
export function breather(): () => Promise<void> {
  let last = performance.now()
  return async () => {
    if (performance.now() - last < TURN_MS) return
    await new Promise((turn) => setImmediate(turn))
    last = performance.now()
  }
}
