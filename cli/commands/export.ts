import { createWriteStream } from 'node:fs'
import { resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { Failure } from '../../core/failure.ts'
import { command } from '../command.ts'
import { SWEEP_ARGUMENT } from '../sweep-reference.ts'

export const exportSweep = command({
  words: ['export'],
  summary:
    "Write a sweep's results as NDJSON, CSV or Parquet, or its trajectories as NDJSON or ATIF.",
  details:
    'Columns are those of the table `results` of the database. Memory stays flat however many rows ' +
    'there are. With --json, give --out: the document then says what was written. As atif, which is ' +
    'version 1.7 of the Agent Trajectory Interchange Format, --out is a folder: one file for each ' +
    'trial with an attempt that counts, named after the trial.',
  args: {
    sweep: { summary: `${SWEEP_ARGUMENT.summary}; with --format atif also the id of a trial` },
  },
  flags: {
    format: z
      .enum(['ndjson', 'csv', 'parquet', 'atif'])
      .default('ndjson')
      .describe('how rows are written'),
    events: z.boolean().default(false).describe('the events of every attempt that counts'),
    out: z.string().optional().meta({
      description: 'a file in place of stdout; with --format atif a folder',
      value: 'path',
    }),
  },
  examples: [
    { line: 'sbench export latest --format csv --out results.csv', does: 'results for a notebook' },
    {
      line: 'sbench export latest --format parquet --out results.parquet',
      does: 'for DuckDB, pandas, Spark',
    },
    { line: 'sbench export latest --events | zstd > events.ndjson.zst', does: 'every trajectory' },
    {
      line: 'sbench export latest --format atif --out trajectories',
      does: 'a file of ATIF a trial',
    },
  ],
  async run({ args, flags }, context) {
    const { output, folder } = context
    const { format, events, out } = flags
    if (output.json && out === undefined) {
      throw new Failure('input.invalid', '--json needs --out: stdout cannot hold rows as well.')
    }
    if (format === 'parquet') {
      if (out === undefined || events) {
        const message = '--format parquet needs --out, and has results alone: leave --events out.'
        throw new Failure('input.invalid', message)
      }
      const { exportParquet } = await import('../export-parquet.ts')
      const { findSweep } = await import('../find-sweep.ts')
      const { openFarm } = await import('../open-farm.ts')
      await using farm = await openFarm(flags, context)
      const { sweep } = await findSweep(farm, args.sweep)
      const file = resolve(folder, out)
      const bytes = await exportParquet(farm.analyst, { sweep, file })
      return output.answer({ sweep, file, bytes }, () => `${bytes} bytes in ${file}`)
    }
    if (format === 'atif') {
      if (out === undefined) {
        throw new Failure('input.invalid', '--format atif needs --out: the folder to write to.')
      }
      const { exportAtif } = await import('../export-atif.ts')
      const { openFarm } = await import('../open-farm.ts')
      await using farm = await openFarm(flags, context)
      const written = await exportAtif(farm, {
        reference: args.sweep,
        folder: resolve(folder, out),
      })
      const { files, leftOut } = written
      const without = leftOut === 0 ? '' : `; ${leftOut} trials have no attempt that counts`
      return output.answer(written, () => `${files.length} trajectories in ${out}${without}`)
    }
    const { exportResults } = await import('../../analytics/export-results.ts')
    const { writeText } = await import('../copy-to.ts')
    const { exportEvents, exportedText } = await import('../export-rows.ts')
    const { findSweep } = await import('../find-sweep.ts')
    const { openFarm } = await import('../open-farm.ts')
    await using farm = await openFarm(flags, context)
    const { sweep } = await findSweep(farm, args.sweep)
    const source = events ? exportEvents(farm.store, sweep) : exportResults(farm.store, sweep)
    let rows = 0
    const counting = async function* () {
      for await (const row of source) {
        rows += 1
        yield row
      }
    }
    const text = exportedText(counting(), format)
    if (out === undefined) return writeText(text, output.stdout)
    const file = resolve(folder, out)
    await pipeline(text, createWriteStream(file)).catch((cause: unknown) => {
      if (cause instanceof Failure) throw cause
      throw new Failure('input.invalid', `${file} cannot be written.`, { cause })
    })
    output.answer({ sweep, file, rows }, () => `${rows} rows in ${file}`)
  },
})
