import { Failure } from '../core/failure.ts'
import type { SweepId } from '../core/ids.ts'
import { readSweep } from './read-sweeps.ts'
import type { Store } from './store.ts'

/** The row in `sweeps` goes last: a deletion that was cut short can be said again. */
const TABLES = [
  'events',
  'checks',
  'attempts',
  'results',
  'looks',
  'trials',
  'cells',
  'tasks',
  'sweeps',
]
const OPEN = ['running', 'paused', 'cancelling']

export interface DeleteSweepOptions {
  /** Also when it is not known to have ended, for a sweep whose coordinator is lost. */
  readonly force?: boolean
  /** What goes before the rows that lead to it; when it throws, they stay. */
  readonly first?: () => Promise<void>
}

/**
 * Deletes everything that the database holds of a sweep. Rows vanish from every query at once; disk
 * space comes back when the engine merges.
 *
 * @throws Failure `sweep.not-found`; `sweep.running` while trials may still write.
 */
export async function deleteSweep(
  store: Store,
  sweep: SweepId,
  { force = false, first }: DeleteSweepOptions = {},
): Promise<void> {
  const { status } = await readSweep(store, sweep)
  if (OPEN.includes(status) && !force) {
    throw new Failure('sweep.running', `Sweep ${sweep} is ${status}. Cancel it first.`, {
      facts: { sweep, status },
    })
  }
  await first?.()
  for (const table of TABLES) {
    await store.command(`DELETE FROM sbench.${table} WHERE sweep_id = {sweep:String}`, { sweep })
  }
}
