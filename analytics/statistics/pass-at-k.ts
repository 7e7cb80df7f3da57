import { tQuantile } from './student-t.ts'
import { FEWEST_TASKS, type Interval, MICRO, type TaskCell } from './task-cell.ts'

/**
 * pass@k: the chance that at least one of k trials passes, without bias: 1 - C(n-c, k) / C(n, k).
 *
 * @param n valid trials. @param passed of them, c.
 * @returns null for n < k: that is never extrapolated.
 * @see Chen et al. (2021), "Evaluating large language models trained on code", arXiv:2107.03374.
 */
export function passAtK(n: number, passed: number, k: number): number | null {
  if (n < k || k < 1) return null
  let allFail = 1
  for (let draw = 0; draw < k; draw++) allFail *= Math.max(0, n - passed - draw) / (n - draw)
  return 1 - allFail
}

/**
 * pass^k: the chance that all of k trials pass, without bias: C(c, k) / C(n, k).
 *
 * @returns null for n < k.
 * @see Yao et al. (2024), "tau-bench", arXiv:2406.12045.
 */
export function passHatK(n: number, passed: number, k: number): number | null {
  if (n < k || k < 1) return null
  let allPass = 1
  for (let draw = 0; draw < k; draw++) allPass *= Math.max(0, passed - draw) / (n - draw)
  return allPass
}

/** One point of a curve over k: the mean over tasks, with an interval over tasks like these. */
export interface CurvePoint {
  readonly k: number
  readonly estimate: number
  /** Null below ten tasks, or where all tasks have the same value. */
  readonly interval: Pick<Interval, 'low' | 'high' | 'level'> | null
  /** A task has fewer than 2k valid trials: the estimate hangs on few of them. */
  readonly thin: boolean
}

/**
 * Both curves of one contestant, from k = 1 to the smallest number of valid trials that a task has,
 * so that every point speaks of the same tasks. Tasks without a valid trial are left out.
 *
 * @param cells of passes: a pass is 1000000.
 */
export function passCurves(
  cells: readonly TaskCell[],
  { level = 0.95 } = {},
): { readonly passAtK: CurvePoint[]; readonly passHatK: CurvePoint[] } {
  const counts = cells
    .filter(({ n }) => n > 0)
    .map(({ n, sumMicros }) => ({ n, passed: sumMicros / MICRO }))
  const most = counts.length === 0 ? 0 : Math.min(...counts.map(({ n }) => n))
  const curve = (rate: typeof passAtK) =>
    Array.from({ length: most }, (_, at) => {
      const values = Float64Array.from(counts, ({ n, passed }) => rate(n, passed, at + 1) ?? 0)
      return { ...pointOf(values, level), k: at + 1, thin: most < 2 * (at + 1) }
    })
  return { passAtK: curve(passAtK), passHatK: curve(passHatK) }
}

function pointOf(values: Float64Array, level: number): Pick<CurvePoint, 'estimate' | 'interval'> {
  values.sort()
  const count = values.length
  const estimate = values.reduce((sum, value) => sum + value, 0) / count
  const squares = values.reduce((sum, value) => sum + (value - estimate) ** 2, 0)
  if (count < FEWEST_TASKS || values[0] === values.at(-1)) return { estimate, interval: null }
  const half = tQuantile((1 + level) / 2, count - 1) * Math.sqrt(squares / (count - 1) / count)
  const interval = { low: Math.max(0, estimate - half), high: Math.min(1, estimate + half), level }
  return { estimate, interval }
}
