import { z } from 'zod'
import type { SweepId } from '../core/ids.ts'
import { type AnalystAccess, analystRows } from './analyst-query.ts'
import type { Standing } from './sweep-view.ts'

/** ClickHouse writes 64-bit integers as text. */
const count = z.coerce.number().int()

const standingSchema: z.ZodType<Standing> = z.object({
  contestant: z.string(),
  simulated: z.boolean(),
  planned: count,
  finished: count,
  valid: count,
  passed: count,
  score: z.number().nullable(),
})

const STANDINGS = `
SELECT
    contestant,
    any(cells.simulated) AS simulated,
    sum(cells.planned) AS planned,
    sum(cells.planned - cells.unfinished) AS finished,
    sum(cells.valid) AS valid,
    sum(cells.passed) AS passed,
    avg(cells.mean_score) AS score
FROM sbench.task_matrix AS cells
WHERE sweep_id = {sweep:String}
GROUP BY contestant
ORDER BY contestant`

/** How every contestant is doing, by name. @throws Failure `engine.unreachable`. */
export function readStandings(access: AnalystAccess, sweep: SweepId): Promise<Standing[]> {
  return analystRows(access, standingSchema, { sql: STANDINGS, parameters: { sweep } })
}
