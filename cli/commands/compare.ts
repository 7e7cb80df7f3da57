import { command } from '../command.ts'
import { STATISTICS_FLAGS } from '../statistics-flags.ts'
import { SWEEP_ARGUMENT } from '../sweep-reference.ts'

export const compare = command({
  words: ['compare'],
  summary: 'Compare contestants of one sweep or several, pair by pair on shared tasks.',
  details:
    'Differences are paired by task, their p-values adjusted by Holm over all pairs shown. With ' +
    '--margin, contestants whose difference is surely smaller are equivalent. Sweeps whose tasks, ' +
    'limits or graders differ are refused, naming the difference. docs/analysis-json.md says what ' +
    '--json prints.',
  args: { sweeps: { ...SWEEP_ARGUMENT, variadic: true } },
  flags: STATISTICS_FLAGS,
  examples: [
    { line: 'sbench compare latest', does: 'all pairs of the sweep submitted last' },
    {
      line: 'sbench compare 0199a2 0199b7 --baseline oracle --margin 2',
      does: 'two sweeps, every contestant against one, 2 points being what matters',
    },
  ],
  async run({ args, flags }, context) {
    const { runAnalysis } = await import('../../analytics/analysis/run-analysis.ts')
    const { analysisText } = await import('../../analytics/analysis/analysis-text.ts')
    const { analysisOptions } = await import('../analysis-options.ts')
    const { openFarm } = await import('../open-farm.ts')
    const { readSweepsTogether } = await import('../read-sweeps-together.ts')
    const { resampleCache } = await import('../resample-folder.ts')
    await using farm = await openFarm(flags, context)
    const { results, source } = await readSweepsTogether(farm, args.sweeps)
    const cache = resampleCache(flags, context)
    const options = { ...analysisOptions(flags, results), pairs: true, cache }
    const analysis = await runAnalysis(results, source, options)
    const { theseTasks } = flags
    context.output.answer(analysis, () => analysisText(analysis, { theseTasks }))
  },
})
