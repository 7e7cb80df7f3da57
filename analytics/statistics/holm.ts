/**
 * Holm's adjusted p-values: with each compared to alpha, the chance of any false finding among all
 * of them is at most alpha, whatever their dependence.
 *
 * @param ps null where there is no test; those stay null and do not count.
 * @see Holm (1979), "A simple sequentially rejective multiple test procedure".
 */
export function holm(ps: readonly (number | null)[]): (number | null)[] {
  const order = testedInOrder(ps)
  const adjusted: (number | null)[] = ps.map(() => null)
  let highest = 0
  order.forEach(({ p, at }, rank) => {
    highest = Math.max(highest, Math.min(1, p * (order.length - rank)))
    adjusted[at] = highest
  })
  return adjusted
}

/**
 * Benjamini and Hochberg's adjusted p-values, for slices that are looked at to find something: of
 * what is called a finding at alpha, at most that share is expected to be false.
 *
 * @see Benjamini & Hochberg (1995), "Controlling the false discovery rate".
 */
export function benjaminiHochberg(ps: readonly (number | null)[]): (number | null)[] {
  const order = testedInOrder(ps)
  const adjusted: (number | null)[] = ps.map(() => null)
  let lowest = 1
  for (let rank = order.length; rank >= 1; rank--) {
    const { p, at } = order[rank - 1] ?? { p: 1, at: 0 }
    lowest = Math.min(lowest, (p * order.length) / rank)
    adjusted[at] = lowest
  }
  return adjusted
}

function testedInOrder(ps: readonly (number | null)[]): { p: number; at: number }[] {
  return ps.flatMap((p, at) => (p === null ? [] : [{ p, at }])).sort((a, b) => a.p - b.p)
}
