import { z } from 'zod'
import type { SweepId } from '../core/ids.ts'
import type { Store } from './store.ts'

/**
 * The results of a sweep, one row a finished trial, as the table `results` has them: documented in
 * docs/sql.md. Rows arrive one by one, however many there are, in an order that does not change.
 */
export function exportResults(
  store: Store,
  sweep: SweepId,
): AsyncGenerator<Readonly<Record<string, unknown>>> {
  return store.stream('export-results', z.record(z.string(), z.unknown()), { sweep })
}
