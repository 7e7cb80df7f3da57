import { z } from 'zod'
import type { Outcome } from '../coordinator/contract/outcome.ts'
import { isTrialId, type SweepId, type TrialId } from '../core/ids.ts'
import { outcomeColumn, scoreColumn, secondsColumn, timeColumn } from './columns.ts'
import type { Store } from './store.ts'

/** One line of a sweep's list of trials. Scores are fractions of 1, null when missing. */
export interface TrialLine {
  readonly trial: TrialId
  /** Place in the plan: pass the last one on as `after` for the next page. */
  readonly index: number
  readonly contestant: string
  readonly simulated: boolean
  readonly task: string
  readonly seed: number
  /** Null while it has no result. */
  readonly outcome: Outcome | null
  readonly pass: boolean | null
  readonly score: number | null
  /** Executions; 0 while it has no result. */
  readonly attempts: number
  readonly wallSeconds: number | null
  readonly finishedAt: string | null
  readonly detail: string
}

export interface TrialFilter {
  readonly contestant?: string
  readonly task?: string
  readonly outcome?: Outcome | 'unfinished'
  /** Trials after this place in the plan. */
  readonly after?: number
  readonly limit?: number
}

const row = z
  .object({
    trial_id: z.string().refine(isTrialId),
    trial_index: z.number(),
    contestant: z.string(),
    simulated: z.boolean(),
    task: z.string(),
    seed: z.number(),
    outcome: outcomeColumn.nullable(),
    pass: z.boolean().nullable(),
    score_micros: scoreColumn,
    attempts: z.number(),
    wall_ms: secondsColumn,
    finished_at: timeColumn.nullable(),
    detail: z.string(),
  })
  .transform(
    ({ trial_id, trial_index, score_micros, wall_ms, finished_at, ...line }): TrialLine => ({
      trial: trial_id,
      index: trial_index,
      ...line,
      score: score_micros,
      wallSeconds: wall_ms,
      finishedAt: finished_at,
    }),
  )

/** Trials that were handed to the farm, in the order of the plan, one page at a time. */
export function listTrials(
  store: Store,
  sweep: SweepId,
  { contestant = '', task = '', outcome, after = -1, limit = 1_000 }: TrialFilter = {},
): Promise<TrialLine[]> {
  return store.query('trials', row, {
    sweep,
    contestant,
    task,
    outcome: outcome ?? '',
    after,
    limit,
  })
}
