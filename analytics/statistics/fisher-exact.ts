/**
 * Fisher's exact test of two shares, two-sided by the sum of tables no more likely than the one
 * seen. Alarms when one contestant's trials go missing more often than another's.
 *
 * @param first and `second`: how many of how many.
 * @see Fisher (1934), Statistical Methods for Research Workers, section 21.02.
 */
export function fisherExact(
  first: { readonly hits: number; readonly of: number },
  second: { readonly hits: number; readonly of: number },
): number {
  const hits = first.hits + second.hits
  const from = Math.max(0, hits - second.of)
  const to = Math.min(hits, first.of)
  // Logs of each table's chance, up to a constant, by the ratio to the one before.
  const logs = new Float64Array(to - from + 1)
  for (let at = 1; at < logs.length; at++) {
    const x = from + at
    const ratio = ((first.of - x + 1) * (hits - x + 1)) / (x * (second.of - hits + x))
    logs[at] = (logs[at - 1] ?? 0) + Math.log(ratio)
  }
  const highest = logs.reduce((most, log) => Math.max(most, log), Number.NEGATIVE_INFINITY)
  const observed = logs[first.hits - from] ?? 0
  let [tail, whole] = [0, 0]
  for (const log of logs) {
    const chance = Math.exp(log - highest)
    whole += chance
    if (log <= observed + 1e-7) tail += chance
  }
  return Math.min(1, tail / whole)
}
