import { normalQuantile, normalUpperTail } from './normal.ts'

/** Points of each look's grid: 1e-5 of the constants, checked against published tables. */
const GRID = 160
/** Beyond this many standard errors nothing is left that matters. */
const REACH = 8

/**
 * O'Brien and Fleming's boundaries for planned looks at equal steps: stop at look k of K when |z|
 * is at least the k-th value. 3 looks at 5 %: 3.471, 2.454, 2.004.
 *
 * The constant c of c * sqrt(K / k) is found by bisection; the chance of crossing comes from
 * carrying the density of the score from look to look.
 *
 * @param looks K, from 1 to 50.
 * @see O'Brien & Fleming (1979), "A multiple testing procedure for clinical trials".
 * @see Armitage, McPherson & Rowe (1969), "Repeated significance tests", for the recursion.
 */
export function obrienFleming(looks: number, { alpha = 0.05 } = {}): number[] {
  let low = normalQuantile(1 - alpha / 2)
  let high = low + 1
  for (let step = 0; step < 26; step++) {
    const middle = (low + high) / 2
    if (crossingChance(boundaries(middle, looks)) > alpha) low = middle
    else high = middle
  }
  return boundaries((low + high) / 2, looks)
}

function boundaries(constant: number, looks: number): number[] {
  return Array.from({ length: looks }, (_, at) => constant * Math.sqrt(looks / (at + 1)))
}

/**
 * Chance that |z| reaches a boundary at any look when the truth is 0, looks at equal steps of
 * information.
 */
export function crossingChance(bounds: readonly number[]): number {
  let crossed = 2 * normalUpperTail(bounds[0] ?? Number.POSITIVE_INFINITY)
  // The density of the sum of k unit steps, on those paths that have not crossed yet.
  let grid = gridOf(bounds[0] ?? 0, 1)
  let density = grid.points.map((sum) => Math.exp((-sum * sum) / 2) / Math.sqrt(2 * Math.PI))
  for (let look = 2; look <= bounds.length; look++) {
    const bound = (bounds[look - 1] ?? 0) * Math.sqrt(look)
    const mass = density.map((value, at) => value * (grid.weights[at] ?? 0))
    mass.forEach((value, at) => {
      const sum = grid.points[at] ?? 0
      crossed += value * (normalUpperTail(bound - sum) + normalUpperTail(bound + sum))
    })
    const next = gridOf(bounds[look - 1] ?? 0, look)
    density = next.points.map((sum) => {
      let total = 0
      for (let at = 0; at < mass.length; at++) {
        const step = sum - (grid.points[at] ?? 0)
        total += (mass[at] ?? 0) * Math.exp((-step * step) / 2)
      }
      return total / Math.sqrt(2 * Math.PI)
    })
    grid = next
  }
  return crossed
}

interface Grid {
  readonly points: Float64Array
  /** Simpson's rule. */
  readonly weights: Float64Array
}

/** Points over the sums at a look that have not crossed. */
function gridOf(bound: number, look: number): Grid {
  const end = Math.min(bound, REACH) * Math.sqrt(look)
  const step = (2 * end) / GRID
  const points = Float64Array.from({ length: GRID + 1 }, (_, at) => -end + at * step)
  const weights = points.map((_, at) => {
    const simpson = at === 0 || at === GRID ? 1 : at % 2 === 1 ? 4 : 2
    return (simpson * step) / 3
  })
  return { points, weights }
}
