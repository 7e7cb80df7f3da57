import { z } from 'zod'
import { command } from '../command.ts'
import { TRIAL_ARGUMENT, trialReference } from '../trial-reference.ts'

export const trialReplay = command({
  words: ['trial', 'replay'],
  summary:
    'Run a trial again on its recorded answers: no key, no cost, the same calls or the first difference.',
  details:
    'A new sweep of one trial, in which the gateway answers each call with what was answered then. A ' +
    'call that asks for something else ends it, with the first difference. Ends with exit code 5 then.',
  args: { trial: TRIAL_ARGUMENT },
  flags: { detach: z.boolean().default(false).describe('submit, print the id, and leave') },
  examples: [
    {
      line: 'sbench trial replay 6f2d1c0a9b8e7f6a5b4c3d2e1f0a9b8c',
      does: 'does the agent still do what it did?',
    },
  ],
  async run({ args, flags }, context) {
    const { readTrial } = await import('../../analytics/read-trial.ts')
    const { answerReplay } = await import('../answer-replay.ts')
    const { openFarm } = await import('../open-farm.ts')
    const trial = trialReference(args.trial)
    await using farm = await openFarm(flags, context)
    const { sweep } = await readTrial(farm.store, trial)
    await answerReplay(farm, { of: sweep, only: trial, detach: flags.detach }, context)
  },
})
