import { command } from '../command.ts'
import { TRIAL_ARGUMENT, trialReference } from '../trial-reference.ts'

export const trialShow = command({
  words: ['trial', 'show'],
  summary: 'Show one trial: its result, checks, attempts, and where its time went.',
  args: { trial: TRIAL_ARGUMENT },
  flags: {},
  examples: [
    { line: 'sbench trial show 6f2d1c0a9b8e7f6a5b4c3d2e1f0a9b8c', does: 'all that is known of it' },
  ],
  async run({ args, flags }, context) {
    const { readTrial } = await import('../../analytics/read-trial.ts')
    const { openFarm } = await import('../open-farm.ts')
    const { trialText } = await import('../trial-text.ts')
    const id = trialReference(args.trial)
    await using farm = await openFarm(flags, context)
    const trial = await readTrial(farm.store, id)
    context.output.answer(trial, () => trialText(trial))
  },
})
