import { z } from 'zod'
import { command } from '../command.ts'
import { eventText } from '../event-text.ts'
import { wholeNumber } from '../number-flag.ts'
import type { NumberedEvent } from '../trial-events.ts'
import { TRIAL_ARGUMENT, trialReference } from '../trial-reference.ts'

export const trialEvents = command({
  words: ['trial', 'events'],
  summary: "Print a trial's trajectory, step by step.",
  details:
    'Of the attempt that counts, unless --attempt says another. With --follow and --json, one JSON ' +
    'document a line.',
  args: { trial: TRIAL_ARGUMENT },
  flags: {
    attempt: wholeNumber(1, 1_000).optional().meta({ description: 'of this one', value: 'n' }),
    follow: z.boolean().default(false).describe('go on until the trial has a result'),
  },
  examples: [
    {
      line: 'sbench trial events 6f2d1c0a9b8e7f6a5b4c3d2e1f0a9b8c --follow',
      does: 'watch an agent work',
    },
  ],
  async run({ args, flags }, context) {
    const { readTrial } = await import('../../analytics/read-trial.ts')
    const { openFarm } = await import('../open-farm.ts')
    const { attemptEvents, followEvents, presentAttempt } = await import('../trial-events.ts')
    const trial = trialReference(args.trial)
    const { output } = context
    await using farm = await openFarm(flags, context)
    if (flags.follow && flags.attempt === undefined) {
      using interrupt = context.catchInterrupt()
      for await (const event of followEvents(farm, trial, interrupt.signal)) {
        output.stdout.write(output.json ? `${JSON.stringify(event)}\n` : `${eventText(event)}\n`)
      }
      return
    }
    const { sweep } = await readTrial(farm.store, trial)
    const attempt = flags.attempt ?? (await presentAttempt(farm, trial))
    const events: NumberedEvent[] = []
    for await (const event of attemptEvents(farm.store, { sweep, trial, attempt })) {
      events.push(event)
    }
    output.answer(events, () => events.map(eventText).join('\n'))
  },
})
