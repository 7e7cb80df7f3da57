import { z } from 'zod'
import type { TrialLine } from '../../analytics/read-trials.ts'
import { isScored, OUTCOMES } from '../../coordinator/contract/outcome.ts'
import { command } from '../command.ts'
import { wholeNumber } from '../number-flag.ts'
import { scoreText, secondsText } from '../score-text.ts'
import { SWEEP_ARGUMENT } from '../sweep-reference.ts'
import { textTable } from '../text-table.ts'

export const trialList = command({
  words: ['trial', 'list'],
  summary: "List a sweep's trials in the order of its plan.",
  args: { sweep: SWEEP_ARGUMENT },
  flags: {
    contestant: z.string().optional().meta({ description: 'of this one only', value: 'name' }),
    task: z.string().optional().meta({ description: 'of this one only', value: 'name' }),
    outcome: z
      .enum([...OUTCOMES, 'unfinished'])
      .optional()
      .describe('that ended so'),
    missing: z.boolean().default(false).describe('that ended without a score'),
    limit: wholeNumber(1, 1_000_000).default(200).meta({
      description: 'trials at most',
      value: 'n',
    }),
  },
  examples: [
    { line: 'sbench trial list latest --missing', does: 'what the farm could not score, and why' },
    { line: 'sbench trial list latest --contestant oracle', does: 'one contestant' },
  ],
  async run({ args, flags }, context) {
    const { allTrials } = await import('../all-trials.ts')
    const { findSweep } = await import('../find-sweep.ts')
    const { openFarm } = await import('../open-farm.ts')
    await using farm = await openFarm(flags, context)
    const { sweep } = await findSweep(farm, args.sweep)
    const { contestant, task, outcome, missing, limit } = flags
    const filter = {
      ...(contestant === undefined ? {} : { contestant }),
      ...(task === undefined ? {} : { task }),
      ...(outcome === undefined ? {} : { outcome }),
    }
    const trials: TrialLine[] = []
    for await (const trial of allTrials(farm.store, sweep, filter)) {
      if (missing && (trial.outcome === null || isScored(trial.outcome))) continue
      trials.push(trial)
      if (trials.length === limit) break
    }
    context.output.answer(trials, () => tableOf(trials).join('\n'))
    if (trials.length === limit) context.output.say(`The first ${limit}; see --limit.`)
  },
})

function tableOf(trials: readonly TrialLine[]): string[] {
  const rows = trials.map((trial) => [
    trial.trial,
    trial.simulated ? `${trial.contestant} (simulated)` : trial.contestant,
    trial.task,
    String(trial.seed),
    trial.outcome ?? '',
    scoreText(trial.score),
    trial.pass === null ? '' : trial.pass ? 'pass' : 'fail',
    secondsText(trial.wallSeconds),
    trial.attempts > 1 ? String(trial.attempts) : '',
    trial.detail.split('\n')[0]?.slice(0, 80) ?? '',
  ])
  return textTable(
    [
      { title: 'trial' },
      { title: 'contestant' },
      { title: 'task' },
      { title: 'seed', align: 'right' },
      { title: 'outcome' },
      { title: 'score', align: 'right' },
      { title: '' },
      { title: 'took', align: 'right' },
      { title: 'attempts', align: 'right' },
      { title: 'detail' },
    ],
    rows,
  )
}
