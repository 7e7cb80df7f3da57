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
