import inverseIncompleteBeta from '@stdlib/math-base-special-kernel-betaincinv'

/**
 * Clopper-Pearson interval of a rate: never covers less often than its level says. For claims about
 * single cells ("never solved in 80 trials"), and with effective counts for Korn and Graubard's.
 *
 * @param passed from 0 to `trials`; neither need be whole.
 * @param trials above 0.
 * @see Clopper & Pearson (1934), "The use of confidence or fiducial limits".
 */
export function clopperPearson(
  passed: number,
  trials: number,
  { level = 0.95 } = {},
): { readonly low: number; readonly high: number } {
  const tail = (1 - level) / 2
  return {
    low: passed <= 0 ? 0 : betaQuantile(tail, passed, trials - passed + 1),
    high: passed >= trials ? 1 : betaQuantile(1 - tail, passed + 1, trials - passed),
  }
}

/** What the rate of a task is at most when none of its trials passed: one-sided, exact. */
export function neverSolvedBound(trials: number, { level = 0.95 } = {}): number {
  return trials === 0 ? 1 : 1 - (1 - level) ** (1 / trials)
}

/** Quantile of the beta distribution, good to 1e-10 of its value (checked against SciPy). */
export function betaQuantile(probability: number, a: number, b: number): number {
  const [value = Number.NaN] = inverseIncompleteBeta(a, b, probability, 1 - probability)
  return value
}
