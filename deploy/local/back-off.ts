export const FIRST_DELAY_MS = 200
export const LONGEST_DELAY_MS = 10_000
export const HEALTHY_AFTER_MS = 30_000

/**
 * How long to wait before a part that ended is started again: 0.2 s, doubled at each end up to 10 s,
 * and 0.2 s again after a run of 30 s.
 *
 * @param previousMs the last delay, or undefined at the first end.
 * @param ranMs how long the part ran this time.
 */
export function restartDelay(previousMs: number | undefined, ranMs: number): number {
  if (previousMs === undefined || ranMs >= HEALTHY_AFTER_MS) return FIRST_DELAY_MS
  return Math.min(previousMs * 2, LONGEST_DELAY_MS)
}
