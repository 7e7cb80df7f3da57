import incompleteBeta from '@stdlib/math-base-special-betainc'
import quantile from '@stdlib/stats-base-dists-t-quantile'

/**
 * Quantile of Student's t distribution, good to 1e-10 of its value in the tails that intervals use
 * (checked against SciPy).
 *
 * @param probability in (0, 1).
 * @param degrees of freedom, above 0.
 */
export function tQuantile(probability: number, degrees: number): number {
  return quantile(probability, degrees)
}

/**
 * Two-sided p-value of a t statistic: the chance of one at least as far from 0 when the truth is 0.
 * Good to 1e-10 of its value down to 1e-100 (checked against SciPy).
 *
 * @param degrees of freedom, above 0.
 * @see DLMF 8.17: the tail is a regularised incomplete beta function. Which of its two forms is
 * taken keeps its argument away from 1, where digits are lost.
 */
export function tTwoSided(t: number, degrees: number): number {
  const square = t * t
  const whole = degrees + square
  return square < degrees
    ? incompleteBeta(square / whole, 0.5, degrees / 2, true, true)
    : incompleteBeta(degrees / whole, degrees / 2, 0.5)
}

/** The chance of a t statistic at least as large, when the truth is 0. */
export function tUpperTail(t: number, degrees: number): number {
  const half = tTwoSided(t, degrees) / 2
  return t > 0 ? half : 1 - half
}
