import type { BootstrapSummary } from '../statistics/bootstrap-summary.ts'
import { holm } from '../statistics/holm.ts'
import { pointRanks, rankSets, type Win } from '../statistics/rank-sets.ts'
import { completeContestants, type ScoreTable } from '../statistics/score-table.ts'
import type { BoardEntry } from './analysis-document.ts'
import type { PairTests } from './pair-tests.ts'

/**
 * Adds ranks and rank sets to the entries of complete contestants, and what resamples say of them;
 * the highest mean comes first, those without one last.
 *
 * @param entries in the order of the table's contestants.
 * @param resampled of the complete contestants, in the same order; null without a bootstrap.
 */
export function rankEntries(
  entries: readonly BoardEntry[],
  table: ScoreTable,
  {
    level,
    tests,
    resampled,
  }: {
    readonly level: number
    readonly tests: PairTests
    readonly resampled: BootstrapSummary | null
  },
): BoardEntry[] {
  const complete = completeContestants(table)
  const ranks = pointRanks(complete.map((at) => entries[at]?.mean ?? 0))
  const sets = rankSets(complete.length, winsOf(tests, { complete, alpha: 1 - level }))
  const ranked = [...entries]
  for (const [row, at] of complete.entries()) {
    const entry = entries[at]
    if (entry === undefined) continue
    const drawn = resampled?.contestants[row]
    const { low, high } = drawn ?? { low: null, high: null }
    ranked[at] = {
      ...entry,
      rank: ranks[row] ?? null,
      rankSet: sets[row] ?? null,
      pBest: drawn?.pBest ?? null,
      bootstrap: low === null || high === null ? null : { low, high },
    }
  }
  return ranked.sort(
    (a, b) => (b.mean ?? -1) - (a.mean ?? -1) || byName(a.contestant, b.contestant),
  )
}

/** Pairs of complete contestants of which one is better, Holm over all of them. */
function winsOf(
  tests: PairTests,
  { complete, alpha }: { readonly complete: readonly number[]; readonly alpha: number },
): Win[] {
  const pairs = complete.flatMap((first, row) =>
    complete.slice(row + 1).map((second, offset) => {
      const { estimate, p } = tests(first, second)
      return { first: row, second: row + 1 + offset, estimate, p }
    }),
  )
  const adjusted = holm(pairs.map(({ p }) => p))
  return pairs.flatMap(({ first, second, estimate }, at): Win[] => {
    const p = adjusted[at] ?? null
    if (p === null || p >= alpha || estimate === null) return []
    return [estimate > 0 ? { better: first, worse: second } : { better: second, worse: first }]
  })
}

const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
