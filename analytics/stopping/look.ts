import { z } from 'zod'
import {
  STOP_REASONS,
  type StopReason,
  type StopRule,
} from '../../coordinator/contract/stopping.ts'
import type { StopReason as PairReason } from '../statistics/stop-verdict.ts'
import type { Row } from '../store.ts'

/** What was judged of one compared pair after a round: a row of the table `looks`. */
export interface Look extends Pick<StopRule, 'measure' | 'method' | 'level' | 'margin'> {
  /** From 1: whole rounds that had ended. */
  readonly round: number
  readonly first: string
  readonly second: string
  readonly tasks: number
  /** Tasks x rounds in which one of both has no score. */
  readonly missing: number
  /** Of the mean difference on these tasks, a fraction; null before scatter is known. */
  readonly estimate: number | null
  /** Holds at all looks together; null where one may not look. */
  readonly low: number | null
  readonly high: number | null
  /** Null while it is undecided. */
  readonly reason: PairReason | null
  /** When it was different or equivalent first. */
  readonly decidedRound: number | null
  readonly spentMicros: number | null
  /** Why the sweep stops after this round; null: it goes on. */
  readonly stop: StopReason | null
}

const count = z.coerce.number()
const measured = z.number().nullable()
export const measureColumn = z.enum(['pass', 'score'])
export const methodColumn = z.enum(['confidence-sequence', 'obrien-fleming'])
export const pairReasonColumn = orEmpty(z.enum(['different', 'equivalent', 'precise']))
export const stopColumn = orEmpty(z.enum(STOP_REASONS))

/** A row as the database answers with it. */
export const lookRow = z
  .object({
    round: count,
    first: z.string(),
    second: z.string(),
    measure: measureColumn,
    method: methodColumn,
    level: z.number(),
    margin: measured,
    tasks: count,
    missing: count,
    estimate: measured,
    low: measured,
    high: measured,
    reason: pairReasonColumn,
    decided_round: count.nullable(),
    spent_micros: count.nullable(),
    stop: stopColumn,
  })
  .transform(
    ({ decided_round, spent_micros, ...look }): Look => ({
      ...look,
      decidedRound: decided_round,
      spentMicros: spent_micros,
    }),
  )

/** The row that is stored of it. */
export function rowOfLook(
  sweep: string,
  { decidedRound, spentMicros, reason, stop, ...look }: Look,
): Row {
  return {
    sweep_id: sweep,
    ...look,
    reason: reason ?? '',
    decided_round: decidedRound,
    spent_micros: spentMicros,
    stop: stop ?? '',
  }
}

/** ClickHouse keeps short words without NULL: empty is none. */
function orEmpty<Word extends z.ZodType>(word: Word) {
  return z.union([z.literal('').transform(() => null), word])
}
