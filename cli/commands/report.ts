import { resolve } from 'node:path'
import { z } from 'zod'
import { command } from '../command.ts'
import { STATISTICS_FLAGS } from '../statistics-flags.ts'
import { SWEEP_ARGUMENT } from '../sweep-reference.ts'

const { level, baseline, margin, resamples, seed } = STATISTICS_FLAGS

export const report = command({
  words: ['report'],
  summary: 'Write a report of one sweep or several: a page with all figures, and their files.',
  details:
    'The page needs no network and nothing beside it. Each figure is also an SVG, a PNG and, as ' +
    'numbers, a CSV and a JSON in the folder `figures`; `analysis.json` has all statistics. A report ' +
    'of files, without a farm, is written by `sbench analyze --report`. docs/report.md says what each ' +
    'figure shows.',
  args: { sweeps: { ...SWEEP_ARGUMENT, variadic: true } },
  flags: {
    out: z.string('say where to write it, such as --out report').meta({
      description: 'the folder to write to; files of an earlier report in it are replaced',
      value: 'folder',
    }),
    level,
    baseline,
    margin,
    resamples,
    seed,
  },
  examples: [
    { line: 'sbench report latest --out report', does: 'the sweep submitted last' },
    {
      line: 'sbench report 0199a2 0199b7 --out report --margin 2',
      does: 'two sweeps as one board, 2 points being what matters',
    },
  ],
  async run({ args, flags }, context) {
    const { runAnalysis } = await import('../../analytics/analysis/run-analysis.ts')
    const { writeReport, writtenText } = await import('../../analytics/report/write-report.ts')
    const { analysisOptions } = await import('../analysis-options.ts')
    const { openFarm } = await import('../open-farm.ts')
    const { readSweepsTogether } = await import('../read-sweeps-together.ts')
    const { resampleCache } = await import('../resample-folder.ts')
    await using farm = await openFarm(flags, context)
    const { results, source } = await readSweepsTogether(farm, args.sweeps)
    const cache = resampleCache(flags, context)
    const options = { ...analysisOptions({ ...flags, by: undefined }, results), cache }
    const analysis = await runAnalysis(results, source, { ...options, pairs: true, cells: true })
    const { baseline } = flags
    const written = await writeReport(analysis, resolve(context.folder, flags.out), { baseline })
    context.output.answer(written, () => writtenText(written))
  },
})
