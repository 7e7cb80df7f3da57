import { listTrials, type TrialFilter, type TrialLine } from '../analytics/read-trials.ts'
import type { Store } from '../analytics/store.ts'
import type { SweepId } from '../core/ids.ts'

const PAGE = 1_000

/** Every trial of a sweep that a filter lets through, in the order of the plan, page by page. */
export async function* allTrials(
  store: Store,
  sweep: SweepId,
  filter: Omit<TrialFilter, 'after' | 'limit'> = {},
): AsyncGenerator<TrialLine> {
  let after = -1
  for (;;) {
    const page = await listTrials(store, sweep, { ...filter, after, limit: PAGE })
    yield* page
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) return
    after = last.index
  }
}
