/**
 * Correlation over contestants of their mean on one task with their mean on all the others: how
 * well the task tells good from bad. Below 0 it is likely broken or mislabelled; with eight
 * contestants its standard error is near 0.4, so it is a flag, not a verdict.
 *
 * @param means contestants x tasks, without NaN.
 * @returns one a task; null where either side does not vary, or with fewer than three contestants.
 * @see Lord & Novick (1968), Statistical Theories of Mental Test Scores, chapter 15.
 */
export function itemRestCorrelations(means: Float64Array, tasks: number): (number | null)[] {
  const contestants = tasks === 0 ? 0 : means.length / tasks
  const totals = Float64Array.from({ length: contestants }, (_, contestant) =>
    means.subarray(contestant * tasks, (contestant + 1) * tasks).reduce((a, b) => a + b, 0),
  )
  return Array.from({ length: tasks }, (_, task) => {
    if (contestants < 3 || tasks < 2) return null
    const item = Float64Array.from(totals, (_, at) => means[at * tasks + task] ?? 0)
    const rest = totals.map((total, at) => (total - (item[at] ?? 0)) / (tasks - 1))
    return correlation(item, rest)
  })
}

/** Pearson's; null when one side does not vary. */
export function correlation(left: Float64Array, right: Float64Array): number | null {
  const count = left.length
  const middle = (values: Float64Array) => values.reduce((a, b) => a + b, 0) / count
  const [leftMean, rightMean] = [middle(left), middle(right)]
  let [product, leftSquares, rightSquares] = [0, 0, 0]
  for (let at = 0; at < count; at++) {
    const [x, y] = [(left[at] ?? 0) - leftMean, (right[at] ?? 0) - rightMean]
    product += x * y
    leftSquares += x * x
    rightSquares += y * y
  }
  // What is left of equal values after rounding is no variation.
  if (leftSquares < 1e-20 || rightSquares < 1e-20) return null
  return Math.min(1, Math.max(-1, product / Math.sqrt(leftSquares * rightSquares)))
}
