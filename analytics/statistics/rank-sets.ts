/** The ranks that a contestant may have, 1 being the best. */
export interface RankSet {
  readonly low: number
  readonly high: number
}

/** A pair of contestants of which one is better beyond doubt. */
export interface Win {
  readonly better: number
  readonly worse: number
}

/**
 * Rank sets that hold all true ranks at once, at the level at which the wins were tested together:
 * from 1 + those surely better to M - those surely worse.
 *
 * @param contestants M, those that are ranked, from 0.
 * @param wins from tests that keep the chance of any false win at alpha, such as Holm's over all
 * pairs.
 * @see Mogstad, Romano, Shaikh & Wilhelm (2024), "Inference for ranks with applications to mobility
 * across neighbourhoods and academic achievement across countries".
 */
export function rankSets(contestants: number, wins: readonly Win[]): RankSet[] {
  const sets = Array.from({ length: contestants }, () => ({ low: 1, high: contestants }))
  for (const { better, worse } of wins) {
    const [above, below] = [sets[better], sets[worse]]
    if (above !== undefined) above.high -= 1
    if (below !== undefined) below.low += 1
  }
  return sets
}

/** Ranks by value, the highest first; those of equal value share the best of their ranks. */
export function pointRanks(values: readonly number[]): number[] {
  return values.map((value) => 1 + values.filter((other) => other > value).length)
}
