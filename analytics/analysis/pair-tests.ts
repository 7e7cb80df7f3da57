import { pairIndex } from '../statistics/bootstrap.ts'
import {
  differencesOf,
  type PairedDifference,
  pairedDifference,
} from '../statistics/paired-difference.ts'
import { meansOf, type ScoreTable } from '../statistics/score-table.ts'
import { breather } from './breather.ts'

/** The paired t test of each pair of a table's contestants, made once and used by all that need it. */
export type PairTests = (first: number, second: number) => PairedDifference

/** @returns of two contestants first < second: first less second, on the tasks that both have. */
export async function pairTests(
  table: ScoreTable,
  { level }: { readonly level: number },
): Promise<PairTests> {
  const shared = { means: meansOf(table), clusters: table.clusters }
  const count = table.contestants.length
  const tests: PairedDifference[] = []
  const breathe = breather()
  for (let first = 0; first < count; first++) {
    for (let second = first + 1; second < count; second++) {
      tests.push(pairedDifference(differencesOf(shared, first, second), { level }))
      await breathe()
    }
  }
  return (first, second) => {
    const found = tests[pairIndex(first, second, count)]
    if (found === undefined) throw new RangeError(`no pair ${first}, ${second} of ${count}`)
    return found
  }
}

/** The same test the other way round. */
export function turnedRound(test: PairedDifference): PairedDifference {
  const { estimate, t, low, high } = test
  const negated = (value: number | null) => (value === null ? null : 0 - value)
  return {
    ...test,
    estimate: negated(estimate),
    t: negated(t),
    low: negated(high),
    high: negated(low),
  }
}
