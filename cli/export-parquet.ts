import { createWriteStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { queryText } from '../analytics/store.ts'
import { Failure } from '../core/failure.ts'
import type { SweepId } from '../core/ids.ts'
import { type AnalystAccess, analystQuery } from './analyst-query.ts'

/**
 * Writes a sweep's results as the engine itself makes Parquet of them, one row a finished trial,
 * columns and types those of the table `results`.
 *
 * @returns bytes written.
 * @throws Failure `input.invalid` when the file cannot be written, `engine.unreachable`.
 */
export async function exportParquet(
  access: AnalystAccess,
  { sweep, file }: { readonly sweep: SweepId; readonly file: string },
): Promise<number> {
  const query = { sql: queryText('export-results'), format: 'Parquet', parameters: { sweep } }
  const body = await analystQuery(access, query)
  try {
    await pipeline(Readable.from(body), createWriteStream(file))
  } catch (cause) {
    // Half a file would look like a whole one until its end is read.
    await rm(file, { force: true })
    throw new Failure('input.invalid', `${file} cannot be written whole.`, { cause })
  }
  return (await stat(file)).size
}
