import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FIRST_DELAY_MS, HEALTHY_AFTER_MS, LONGEST_DELAY_MS, restartDelay } from './back-off.ts'

/** The delays of a part with the given lengths of its runs. */
function delaysOf(runs: readonly number[]): number[] {
  const delays: number[] = []
  for (const ranMs of runs) delays.push(restartDelay(delays.at(-1), ranMs))
  return delays
}

test('a part that keeps ending waits twice as long each time, up to ten seconds', () => {
  expect(delaysOf(Array(8).fill(5))).toEqual([200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000])
})

test('no history of runs makes a delay shorter than the first or longer than the longest', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(2 * HEALTHY_AFTER_MS)), (runs) => {
      for (const delay of delaysOf(runs)) {
        expect(delay).toBeGreaterThanOrEqual(FIRST_DELAY_MS)
        expect(delay).toBeLessThanOrEqual(LONGEST_DELAY_MS)
      }
    }),
  )
})

test('thirty healthy seconds forgive all earlier ends', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1_000)), (runs) => {
      expect(delaysOf([...runs, HEALTHY_AFTER_MS]).at(-1)).toBe(FIRST_DELAY_MS)
    }),
  )
})
