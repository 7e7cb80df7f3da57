import { tUpperTail } from './student-t.ts'

/** What two contestants' difference comes to, against a margin that matters. */
export type Verdict = 'better' | 'worse' | 'equivalent' | 'undecided'

/**
 * Two one-sided tests: the p-value of "they differ by at least the margin". Below alpha exactly
 * when the interval of level 1 - 2 alpha lies within the margin.
 *
 * @param margin the smallest difference that matters, as a fraction above 0.
 * @see Schuirmann (1987), "A comparison of the two one-sided tests procedure".
 */
export function equivalenceP(
  {
    estimate,
    error,
    degrees,
  }: { readonly estimate: number; readonly error: number; readonly degrees: number },
  margin: number,
): number {
  const fromAbove = tUpperTail((margin - estimate) / error, degrees)
  const fromBelow = tUpperTail((estimate + margin) / error, degrees)
  return Math.max(fromAbove, fromBelow)
}

/**
 * Equivalent comes first: a difference that is surely there and surely too small to matter is
 * reported as what the margin was stated for.
 *
 * @param differenceP and `equivalentP` are adjusted for the pairs shown; null is not tested.
 */
export function verdictOf(
  estimate: number | null,
  {
    differenceP,
    equivalentP,
    alpha,
  }: {
    readonly differenceP: number | null
    readonly equivalentP: number | null
    readonly alpha: number
  },
): Verdict {
  if (equivalentP !== null && equivalentP < alpha) return 'equivalent'
  if (estimate === null || differenceP === null || differenceP >= alpha) return 'undecided'
  return estimate > 0 ? 'better' : 'worse'
}
