/**
 * Half width of a confidence sequence after each round: the intervals of all rounds hold the truth
 * together, so that one may look after every round and stop when one likes.
 *
 * sd * sqrt(2 (n r^2 + 1) / (n^2 r^2) * ln(sqrt(n r^2 + 1) / alpha)), with r chosen so that it is
 * narrowest near the round at which one expects to stop.
 *
 * @param sd of one round's mean difference on these tasks, from the scatter WITHIN tasks: see
 * {@link roundDeviation}. From the few round means themselves it would raise false alarms to 25 %.
 * @param rounds n, from 1.
 * @param expectedRounds at which it is to be narrowest.
 * @see Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas (2024), "Time-uniform central limit theory and
 * asymptotic confidence sequences", Annals of Statistics, theorem 2.2 and appendix B.2.
 */
export function sequenceHalfWidth(
  sd: number,
  {
    rounds,
    alpha,
    expectedRounds,
  }: { readonly rounds: number; readonly alpha: number; readonly expectedRounds: number },
): number {
  const rho = tunedRho(alpha, expectedRounds)
  const grown = rounds * rho ** 2 + 1
  const variance = ((2 * grown) / (rounds ** 2 * rho ** 2)) * Math.log(Math.sqrt(grown) / alpha)
  return sd * Math.sqrt(variance)
}

/** The r that makes the half width nearly smallest after n rounds. */
export function tunedRho(alpha: number, rounds: number): number {
  const log = -2 * Math.log(alpha)
  return Math.sqrt((log + Math.log(log + 1)) / rounds)
}

/**
 * Standard deviation of one round's mean difference on these tasks: a round is one trial of each
 * task for both contestants. Pooled within tasks, tasks * (rounds - 1) degrees of freedom.
 *
 * @param differences rounds x tasks: round by round, each task's difference in that round.
 * @returns null with fewer than two rounds.
 */
export function roundDeviation(differences: Float64Array, tasks: number): number | null {
  const rounds = tasks === 0 ? 0 : differences.length / tasks
  if (rounds < 2) return null
  let total = 0
  for (let task = 0; task < tasks; task++) {
    let sum = 0
    for (let round = 0; round < rounds; round++) sum += differences[round * tasks + task] ?? 0
    const mean = sum / rounds
    let squares = 0
    for (let round = 0; round < rounds; round++) {
      squares += ((differences[round * tasks + task] ?? 0) - mean) ** 2
    }
    total += squares / (rounds - 1)
  }
  return Math.sqrt(total) / tasks
}
