import { expect, test } from 'vitest'
import { tQuantile } from './t-quantile.ts'

/** [probability, degrees, value], from scipy.stats.t.ppf of SciPy 1.16. */
const REFERENCE = [
  [0.95, 1, 6.313751514675037],
  [0.95, 12.5, 1.7763662212470306],
  [0.95, 49, 1.6765508926168535],
  [0.975, 1, 12.706204736174694],
  [0.975, 9, 2.262157162798205],
  [0.975, 12.5, 2.1691859427125406],
  [0.975, 49, 2.0095752371292392],
  [0.975, 999, 1.9623414611334493],
  [0.9995, 2, 31.599054576445365],
  [0.9995, 49, 3.5004428913674035],
  [0.9995, 999, 3.3002924403987666],
] as const

test.each(REFERENCE)(
  'the %f quantile of t with %f degrees is SciPy’s to 1e-10',
  (p, degrees, value) => {
    expect(Math.abs(tQuantile(p, degrees) / value - 1)).toBeLessThan(1e-10)
    expect(Math.abs(tQuantile(1 - p, degrees) / -value - 1)).toBeLessThan(1e-10)
  },
)
