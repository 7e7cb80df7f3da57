import { tQuantile } from './student-t.ts'

/**
 * Fieller's interval for a ratio of two totals over clusters, such as dollars per solved trial.
 *
 * @param tops and `bottoms` one a cluster, of the same length; the ratio is of their sums.
 * @returns the ratio, null when the bottoms add up to 0; and ends that are null where the bottom is
 * not surely above 0 (the interval then has no end on that side) or below two clusters.
 * @see Fieller (1954), "Some problems in interval estimation".
 */
export function ratioInterval(
  tops: Float64Array,
  bottoms: Float64Array,
  { level = 0.95 } = {},
): { readonly ratio: number | null; readonly low: number | null; readonly high: number | null } {
  const count = tops.length
  const top = meanOf(tops)
  const bottom = meanOf(bottoms)
  if (count === 0 || bottom === 0) return { ratio: null, low: null, high: null }
  const ratio = top / bottom
  if (count < 2) return { ratio, low: null, high: null }
  const scale = tQuantile((1 + level) / 2, count - 1) ** 2 / (count * (count - 1))
  const [v11, v12, v22] = [
    scale * crossSum(tops, tops, top, top),
    scale * crossSum(tops, bottoms, top, bottom),
    scale * crossSum(bottoms, bottoms, bottom, bottom),
  ]
  const a = bottom * bottom - v22
  const b = top * bottom - v12
  const c = top * top - v11
  if (a <= 0) return { ratio, low: null, high: null }
  const half = Math.sqrt(Math.max(0, b * b - a * c)) / a
  return { ratio, low: b / a - half, high: b / a + half }
}

function meanOf(values: Float64Array): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}

function crossSum(left: Float64Array, right: Float64Array, leftMean: number, rightMean: number) {
  let total = 0
  for (let at = 0; at < left.length; at++) {
    total += ((left[at] ?? 0) - leftMean) * ((right[at] ?? 0) - rightMean)
  }
  return total
}
