import { resolve } from 'node:path'
import { z } from 'zod'
import { command } from '../command.ts'
import { STATISTICS_FLAGS } from '../statistics-flags.ts'

export const analyze = command({
  words: ['analyze'],
  summary: 'Boards, comparisons and task health of results from any harness; no farm is needed.',
  details:
    'Reads rows as NDJSON or CSV (contestant, task, seed, and score or pass; further pass, outcome, ' +
    'costUsd, wallSeconds, family, category, taskVersion, dimensions), a folder of Harbor jobs, and ' +
    'logs of Inspect (.eval). Several paths make one board. Trials that failed for want of ' +
    'infrastructure are missing, never zeros. docs/analysis-json.md says what --json prints.',
  args: { paths: { summary: 'files and folders', variadic: true } },
  flags: {
    ...STATISTICS_FLAGS,
    score: z.string().optional().meta({
      description: 'the scorer or reward that is the score, where a harness has several',
      value: 'name',
    }),
    report: z.string().optional().meta({
      description: 'write a report to this folder: a page with all figures, and their files',
      value: 'folder',
    }),
    tasks: z.boolean().default(false).describe('list every task, not only those with a flag'),
  },
  examples: [
    { line: 'sbench analyze results.csv', does: 'rows of a harness of your own' },
    { line: 'sbench analyze jobs --json', does: 'jobs of Harbor, as one document' },
    {
      line: 'sbench analyze alpha.eval beta.eval --margin 2',
      does: 'logs of Inspect, and whether two models are within 2 points',
    },
    { line: 'sbench analyze results.csv --report report', does: 'a page with all figures' },
  ],
  async run({ args, flags }, { output, folder }) {
    const { readResults } = await import('../../analytics/results/read-results.ts')
    const { runAnalysis } = await import('../../analytics/analysis/run-analysis.ts')
    const { analysisText } = await import('../../analytics/analysis/analysis-text.ts')
    const { analysisOptions } = await import('../analysis-options.ts')
    const paths = args.paths.map((path) => resolve(folder, path))
    const { results, kinds, rows, notes } = await readResults(paths, { score: flags.score })
    const options = analysisOptions(flags, results)
    const source = { kinds, names: args.paths, rows, notes }
    const analysis = await runAnalysis(results, source, { ...options, pairs: true, cells: true })
    if (flags.report !== undefined) {
      const { writeReport, writtenText } = await import('../../analytics/report/write-report.ts')
      const { baseline } = flags
      const written = await writeReport(analysis, resolve(folder, flags.report), { baseline })
      return output.answer(written, () => writtenText(written))
    }
    output.answer(analysis, () =>
      analysisText(analysis, { theseTasks: flags.theseTasks, health: flags.tasks }),
    )
  },
})
