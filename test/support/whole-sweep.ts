import { expect } from 'vitest'
import { eventually } from './eventually.ts'
import type { Farm } from './farm.ts'

/** What must hold of any sweep that has ended, whatever died meanwhile. */
export async function expectWhole(farm: Farm, sweep: string, trials: number): Promise<void> {
  const [counts] = await farm.sql<Record<string, string>>(
    `SELECT count() AS results, uniqExact(trial_id) AS trials,
       countIf(outcome = 'infra-failed' AND score_micros IS NOT NULL) AS scoredFaults
     FROM sbench.results FINAL WHERE sweep_id = {sweep:String}`,
    { sweep },
  )
  expect(counts).toEqual({ results: `${trials}`, trials: `${trials}`, scoredFaults: '0' })
  const gaps = await farm.sql(
    `SELECT a.trial_id, a.events, e.distinct_seqs, e.last_seq
     FROM (SELECT trial_id, attempt, events FROM sbench.attempts FINAL
           WHERE sweep_id = {sweep:String} AND end = 'complete') AS a
     LEFT JOIN (SELECT trial_id, attempt, uniqExact(seq) AS distinct_seqs, max(seq) AS last_seq
                FROM sbench.events WHERE sweep_id = {sweep:String} GROUP BY ALL) AS e
       ON a.trial_id = e.trial_id AND a.attempt = e.attempt
     WHERE a.events != e.distinct_seqs OR e.last_seq + 1 != a.events`,
    { sweep },
  )
  expect(gaps).toEqual([])
  await eventually(
    'nothing is left',
    async () => (await farm.leftovers(sweep)).length === 0,
    120_000,
  )
}

/** Resolves when the sweep is over. */
export function untilEnded(farm: Farm, sweep: string, timeoutMs = 150_000): Promise<void> {
  return eventually(
    'the sweep ends',
    async () => {
      const [row] = await farm.sql<{ status: string }>(
        'SELECT status FROM sbench.sweeps FINAL WHERE sweep_id = {sweep:String}',
        { sweep },
      )
      return row?.status === 'finished' || row?.status === 'cancelled'
    },
    timeoutMs,
  )
}
