import { z } from 'zod'
import { command } from '../command.ts'
import { SWEEP_ARGUMENT } from '../sweep-reference.ts'

export const sweepReplay = command({
  words: ['sweep', 'replay'],
  summary: 'Run a sweep again on its recorded answers: no key, no cost.',
  details:
    'A new sweep of every trial that asked a model and has a result. The gateway answers each call ' +
    'with what was answered then, and refuses a call that asks for something else. Ends with exit ' +
    'code 5 when a trial differs.',
  args: { sweep: SWEEP_ARGUMENT },
  flags: { detach: z.boolean().default(false).describe('submit, print the id, and leave') },
  examples: [{ line: 'sbench sweep replay latest', does: 'the sweep submitted last' }],
  async run({ args, flags }, context) {
    const { answerReplay } = await import('../answer-replay.ts')
    const { findSweep } = await import('../find-sweep.ts')
    const { openFarm } = await import('../open-farm.ts')
    await using farm = await openFarm(flags, context)
    const { sweep } = await findSweep(farm, args.sweep)
    await answerReplay(farm, { of: sweep, detach: flags.detach }, context)
  },
})
