import { z } from 'zod'
import { exportResults } from '../analytics/export-results.ts'
import type { Store } from '../analytics/store.ts'
import { csvRow } from '../analytics/text/csv-text.ts'
import { isTrialId, type SweepId } from '../core/ids.ts'
import { attemptEvents } from './trial-events.ts'

export type ExportedRow = Readonly<Record<string, unknown>>

const counted = z.object({
  trial_id: z.string().refine(isTrialId),
  attempt: z.coerce.number(),
  contestant: z.string(),
  task: z.string(),
  seed: z.coerce.number(),
})

/** The events of every attempt that counts, each with the names of its trial. */
export async function* exportEvents(store: Store, sweep: SweepId): AsyncGenerator<ExportedRow> {
  for await (const row of exportResults(store, sweep)) {
    const { trial_id: trial, attempt, contestant, task, seed } = counted.parse(row)
    if (attempt === 0) continue
    for await (const event of attemptEvents(store, { sweep, trial, attempt })) {
      yield { sweep_id: sweep, trial_id: trial, contestant, task, seed, ...event }
    }
  }
}

/** Rows as text, one line each; of CSV the names come first. */
export async function* exportedText(
  rows: AsyncIterable<ExportedRow>,
  format: 'ndjson' | 'csv',
): AsyncGenerator<string> {
  let titled = format === 'ndjson'
  for await (const row of rows) {
    if (!titled) yield csvRow(Object.keys(row))
    titled = true
    yield format === 'csv' ? csvRow(Object.values(row)) : `${JSON.stringify(row)}\n`
  }
}
