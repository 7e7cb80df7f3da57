import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { type EventsPage, readEvents, readModelEvents } from '../analytics/read-events.ts'
import { readTrial } from '../analytics/read-trial.ts'
import type { Store } from '../analytics/store.ts'
import type { TrialId } from '../core/ids.ts'
import type { TrajectoryEvent } from '../core/trajectory.ts'
import { analystRows } from './analyst-query.ts'
import type { Connections } from './connections.ts'

const PAGE = 1_000
/** Parts hold up to 200 thousand characters each. */
const MODEL_PAGE = 200
const POLL_MS = 500

export interface NumberedEvent extends TrajectoryEvent {
  readonly attempt: number
}

/** Every stored event of one attempt, in order, page by page. */
export async function* attemptEvents(
  store: Store,
  attempt: Omit<EventsPage, 'limit'>,
): AsyncGenerator<NumberedEvent> {
  let { after = -1 } = attempt
  for (;;) {
    const page = await readEvents(store, { ...attempt, after, limit: PAGE })
    for (const event of page) yield { attempt: attempt.attempt, ...event }
    after = page.at(-1)?.seq ?? after
    if (page.length < PAGE) return
  }
}

/** The calls of models of one attempt as events, in order. */
export async function modelEvents(
  store: Store,
  attempt: Omit<EventsPage, 'limit' | 'after'>,
): Promise<TrajectoryEvent[]> {
  const events: TrajectoryEvent[] = []
  for (;;) {
    const after = events.at(-1)?.seq ?? -1
    const page = await readModelEvents(store, { ...attempt, after, limit: MODEL_PAGE })
    events.push(...page)
    if (page.length < MODEL_PAGE) return events
  }
}

/** The attempt to read when nobody says which: the one that counts, else the last one heard of. */
export async function presentAttempt(farm: Connections, trial: TrialId): Promise<number> {
  const { sweep, result } = await readTrial(farm.store, trial)
  if (result !== null && result.attempt > 0) return result.attempt
  const [row] = await analystRows(farm.analyst, lastAttempt, {
    sql: LAST_ATTEMPT,
    parameters: { sweep, trial },
  })
  return Math.max(1, row?.attempt ?? 1)
}

const lastAttempt = z.object({ attempt: z.coerce.number() })
const LAST_ATTEMPT = `
SELECT max(attempt) AS attempt FROM sbench.events
WHERE sweep_id = {sweep:String} AND trial_id = {trial:String}`

/** Events as they are stored, through later attempts too, until the trial has a result. */
export async function* followEvents(
  farm: Connections,
  trial: TrialId,
  signal: AbortSignal,
): AsyncGenerator<NumberedEvent> {
  const { sweep } = await readTrial(farm.store, trial)
  let attempt = await presentAttempt(farm, trial)
  let after = -1
  while (!signal.aborted) {
    // Asked first: what is stored with the result is then read below.
    const { result } = await readTrial(farm.store, trial)
    const present = await presentAttempt(farm, trial)
    for await (const event of attemptEvents(farm.store, { sweep, trial, attempt, after })) {
      after = event.seq
      yield event
    }
    if (present !== attempt) {
      attempt = present
      after = -1
      continue
    }
    if (result !== null) return
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined)
  }
}
