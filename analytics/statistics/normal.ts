import erfc from '@stdlib/math-base-special-erfc'
import erfcinv from '@stdlib/math-base-special-erfcinv'

/**
 * Quantile of the standard normal distribution, good to 1e-12 of its value (checked against SciPy
 * from 1e-300 upwards).
 *
 * @param probability in (0, 1).
 */
export function normalQuantile(probability: number): number {
  return -Math.SQRT2 * erfcinv(2 * probability)
}

/** The chance of a standard normal value above `z`, good to 1e-12 of its value in the tails. */
export function normalUpperTail(z: number): number {
  return erfc(z / Math.SQRT2) / 2
}
