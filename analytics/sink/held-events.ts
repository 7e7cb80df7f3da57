import { z } from 'zod'
import type { TrialId } from '../../core/ids.ts'
import type { Store } from '../store.ts'

export interface AttemptEvents {
  readonly trial: TrialId
  readonly attempt: number
  /** What the attempt spooled: `seq` runs from 0 to this number less one. */
  readonly events: number
}

export interface Held {
  /** Different events stored. */
  readonly count: number
  /** Exactly the events 0 to `events` - 1 are stored. */
  readonly whole: boolean
}

const row = z.object({
  trial: z.string(),
  attempt: z.coerce.number(),
  held: z.coerce.number(),
  last: z.coerce.number(),
})

/** Few enough that their ids fit the first line of an HTTP request. */
const ATTEMPTS_A_QUERY = 100

/** What ClickHouse holds of each attempt, in the order asked. */
export async function heldEvents(
  store: Store,
  attempts: readonly AttemptEvents[],
): Promise<Held[]> {
  const found = new Map<string, { held: number; last: number }>()
  const asked = attempts.filter(({ events }) => events > 0)
  for (let from = 0; from < asked.length; from += ATTEMPTS_A_QUERY) {
    const part = asked.slice(from, from + ATTEMPTS_A_QUERY)
    const rows = await store.query('held-events', row, {
      trials: part.map(({ trial }) => trial),
      attempts: part.map(({ attempt }) => attempt),
    })
    for (const { trial, attempt, ...counts } of rows) found.set(`${trial}:${attempt}`, counts)
  }
  return attempts.map(({ trial, attempt, events }) => {
    const { held, last } = found.get(`${trial}:${attempt}`) ?? { held: 0, last: -1 }
    return { count: held, whole: held === events && last === events - 1 }
  })
}
