import { z } from 'zod'
import type { EarlyStop, StopReason } from '../coordinator/contract/stopping.ts'
import { Failure } from '../core/failure.ts'
import { isSweepId, type SweepId } from '../core/ids.ts'
import { timeColumn } from './columns.ts'
import { stopColumn } from './stopping/look.ts'
import type { Store } from './store.ts'

/** A sweep and how its trials stand. */
export interface SweepSummary {
  readonly sweep: SweepId
  readonly name: string
  readonly suite: string
  readonly suiteVersion: string
  readonly status: string
  readonly planned: number
  /** Trials with a result, missing ones too. */
  readonly finished: number
  readonly unfinished: number
  /** Trials with a score. */
  readonly valid: number
  readonly passed: number
  readonly infraFailed: number
  readonly ungraded: number
  readonly cancelled: number
  /** Trials of more than one attempt. */
  readonly retried: number
  readonly startedAt: string
  readonly finishedAt: string | null
  readonly lastResultAt: string | null
  /** Its early stop, if it had one. */
  readonly stopped: EarlyStop | null
}

const count = z.coerce.number()

const row = z
  .object({
    sweep_id: z.string().refine(isSweepId),
    name: z.string(),
    suite: z.string(),
    suite_version: z.string(),
    status: z.string(),
    planned: count,
    finished: count,
    unfinished: count,
    valid: count,
    passed: count,
    infra_failed: count,
    ungraded: count,
    cancelled: count,
    retried: count,
    started_at: timeColumn,
    finished_at: timeColumn.nullable(),
    last_result_at: timeColumn.nullable(),
    stopped_round: count.nullable(),
    stop_reason: stopColumn,
    left_out: count,
  })
  .transform(
    (sweep): SweepSummary => ({
      sweep: sweep.sweep_id,
      name: sweep.name,
      suite: sweep.suite,
      suiteVersion: sweep.suite_version,
      status: sweep.status,
      planned: sweep.planned,
      finished: sweep.finished,
      unfinished: sweep.unfinished,
      valid: sweep.valid,
      passed: sweep.passed,
      infraFailed: sweep.infra_failed,
      ungraded: sweep.ungraded,
      cancelled: sweep.cancelled,
      retried: sweep.retried,
      startedAt: sweep.started_at,
      finishedAt: sweep.finished_at,
      lastResultAt: sweep.last_result_at,
      stopped: earlyStop(sweep),
    }),
  )

function earlyStop({
  stopped_round: round,
  stop_reason: reason,
  left_out: leftOut,
}: {
  readonly stopped_round: number | null
  readonly stop_reason: StopReason | null
  readonly left_out: number
}): EarlyStop | null {
  return round === null || reason === null ? null : { round, reason, leftOut }
}

/** The latest first. */
export function listSweeps(store: Store, { limit = 100 } = {}): Promise<SweepSummary[]> {
  return store.query('sweeps', row, { sweep: '', limit })
}

/** @throws Failure `sweep.not-found`. */
export async function readSweep(store: Store, sweep: SweepId): Promise<SweepSummary> {
  const [found] = await store.query('sweeps', row, { sweep, limit: 1 })
  if (found !== undefined) return found
  throw new Failure(
    'sweep.not-found',
    `The database has no sweep ${sweep}. \`sbench sweep list\` shows those it has.`,
    {
      facts: { sweep },
    },
  )
}
