import { z } from 'zod'
import type { StopReason, StopRule } from '../../coordinator/contract/stopping.ts'
import type { SweepId } from '../../core/ids.ts'
import type { StopReason as PairReason } from '../statistics/stop-verdict.ts'
import type { Store } from '../store.ts'
import { measureColumn, methodColumn, pairReasonColumn, stopColumn } from './look.ts'

/** How one compared pair of a sweep that may stop early stands: a row of the view `stop_intervals`. */
export interface StopInterval extends Pick<StopRule, 'measure' | 'method' | 'level' | 'margin'> {
  readonly first: string
  readonly second: string
  readonly tasks: number
  /** Whole rounds at the latest look. */
  readonly rounds: number
  /** Tasks x rounds in which one of both has no score. */
  readonly missing: number
  /** First less second, on these tasks, a fraction; null before the first interval. */
  readonly estimate: number | null
  /** Holds at all looks together. */
  readonly low: number | null
  readonly high: number | null
  /** The latest look that has an interval. */
  readonly intervalRound: number | null
  readonly reason: PairReason | null
  readonly decidedRound: number | null
  /** Why the sweep stopped, or what its last round decided. */
  readonly stop: StopReason | null
}

const count = z.coerce.number()
const measured = z.number().nullable()

const row = z
  .object({
    first: z.string(),
    second: z.string(),
    measure: measureColumn,
    method: methodColumn,
    level: z.number(),
    margin: measured,
    tasks: count,
    rounds: count,
    missing: count,
    estimate: measured,
    low: measured,
    high: measured,
    interval_round: count.nullable(),
    reason: pairReasonColumn,
    decided_round: count.nullable(),
    stop: stopColumn,
  })
  .transform(
    ({ interval_round, decided_round, ...interval }): StopInterval => ({
      ...interval,
      intervalRound: interval_round,
      decidedRound: decided_round,
    }),
  )

/** One a compared pair, by name; none for a sweep that may not stop, or before its first look. */
export function readStopIntervals(store: Store, sweep: SweepId): Promise<StopInterval[]> {
  return store.query('stop-intervals', row, { sweep })
}
