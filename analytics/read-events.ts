import { z } from 'zod'
import type { SweepId, TrialId } from '../core/ids.ts'
import { EVENT_KINDS, type TrajectoryEvent } from '../core/trajectory.ts'
import { timeColumn } from './columns.ts'
import type { Store } from './store.ts'

export interface EventsPage {
  readonly sweep: SweepId
  readonly trial: TrialId
  readonly attempt: number
  /** Events after this seq; -1, the default, begins at the first. */
  readonly after?: number
  readonly limit?: number
}

const metaColumn = z
  .string()
  .transform((text): unknown => JSON.parse(text))
  .pipe(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])))

const row: z.ZodType<TrajectoryEvent> = z.object({
  seq: z.number(),
  ts: timeColumn,
  kind: z.enum(EVENT_KINDS),
  turn: z.number(),
  tool: z.string(),
  body: z.string(),
  meta: metaColumn,
})

/** One page of a trajectory, in order. A page that is shorter than `limit` is the last for now. */
export function readEvents(store: Store, page: EventsPage): Promise<TrajectoryEvent[]> {
  const { after = -1, limit = 1_000, ...attempt } = page
  return store.query('events-page', row, { ...attempt, after, limit })
}

/** The same of calls of models alone: what `readModelCalls` needs. */
export function readModelEvents(store: Store, page: EventsPage): Promise<TrajectoryEvent[]> {
  const { after = -1, limit = 1_000, ...attempt } = page
  return store.query('model-events-page', row, { ...attempt, after, limit })
}
