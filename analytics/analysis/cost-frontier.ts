import type { BoardEntry } from './analysis-document.ts'

/**
 * Contestants that no other beats: none is as cheap and better, or as good and cheaper. The cheapest
 * first. Those whose cost is not wholly known, or is none, can neither be on it nor beat anybody.
 */
export function frontierOf(
  entries: readonly Pick<BoardEntry, 'contestant' | 'mean' | 'costPerTrial'>[],
): string[] {
  const priced = entries
    .flatMap(({ contestant, mean, costPerTrial }) =>
      mean === null || costPerTrial === null ? [] : [{ contestant, mean, usd: costPerTrial.usd }],
    )
    .sort((a, b) => a.usd - b.usd || b.mean - a.mean)
  const found: string[] = []
  let best = { mean: Number.NEGATIVE_INFINITY, usd: Number.NEGATIVE_INFINITY }
  for (const { contestant, mean, usd } of priced) {
    const equal = mean === best.mean && usd === best.usd
    if (mean <= best.mean && !equal) continue
    best = { mean, usd }
    found.push(contestant)
  }
  return found
}
