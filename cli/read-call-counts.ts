import { z } from 'zod'
import type { SweepId } from '../core/ids.ts'
import { type AnalystAccess, analystRows } from './analyst-query.ts'

const row = z.object({ trial: z.string(), calls: z.coerce.number() })

const COUNTS = `
SELECT calls.trial_id AS trial, count() AS calls
FROM sbench.model_calls AS calls
INNER JOIN
(
    SELECT trial_id, attempt FROM sbench.results FINAL WHERE sweep_id = {sweep:String}
) AS results ON results.trial_id = calls.trial_id AND results.attempt = calls.attempt
WHERE calls.sweep_id = {sweep:String}
GROUP BY trial`

/** How often each trial's attempt that counts asked a model; those that did not are absent. */
export async function readCallCounts(
  access: AnalystAccess,
  sweep: SweepId,
): Promise<Map<string, number>> {
  const rows = await analystRows(access, row, { sql: COUNTS, parameters: { sweep } })
  return new Map(rows.map(({ trial, calls }) => [trial, calls]))
}
