import { z } from 'zod'
import { command } from '../command.ts'
import { wholeNumber } from '../number-flag.ts'
import type { NumberedEvent } from '../trial-events.ts'
import { TRIAL_ARGUMENT, trialReference } from '../trial-reference.ts'

export const trialShow = command({
  words: ['trial', 'show'],
  summary:
    'Show one trial: what the agent did, its result, checks, attempts, and where its time went.',
  details:
    'Turns, words, tool calls with their output cut, edits as diffs, and each call of a model with ' +
    'its tokens, cost and times. --json holds everything; --follow goes on until there is a result.',
  args: { trial: TRIAL_ARGUMENT },
  flags: {
    attempt: wholeNumber(1, 1_000).optional().meta({
      description: 'the steps of this one; default the one that counts',
      value: 'n',
    }),
    follow: z.boolean().default(false).describe('go on until the trial has a result'),
    full: z.boolean().default(false).describe('cut nothing'),
    steps: z.boolean().default(true).describe('leave out what the agent did'),
  },
  examples: [
    { line: 'sbench trial show 6f2d1c0a9b8e7f6a5b4c3d2e1f0a9b8c', does: 'all that is known of it' },
    {
      line: 'sbench trial show 6f2d1c0a9b8e7f6a5b4c3d2e1f0a9b8c --follow',
      does: 'watch an agent work',
    },
  ],
  async run({ args, flags }, context) {
    const { readTrial } = await import('../../analytics/read-trial.ts')
    const { readModelCalls } = await import('../../core/model-recording.ts')
    const { openFarm } = await import('../open-farm.ts')
    const { spokenCalls } = await import('../spoken-calls.ts')
    const { Transcript } = await import('../transcript.ts')
    const { attemptEvents, followEvents, presentAttempt } = await import('../trial-events.ts')
    const { trialText } = await import('../trial-text.ts')
    const { output } = context
    const { full, follow, steps } = flags
    const id = trialReference(args.trial)
    await using farm = await openFarm(flags, context)
    if (follow && !output.json) {
      const transcript = new Transcript({ full })
      using interrupt = context.catchInterrupt()
      for await (const event of followEvents(farm, id, interrupt.signal)) {
        const lines = transcript.lines(event)
        if (lines.length > 0) output.stdout.write(`${lines.join('\n')}\n`)
      }
      if (interrupt.signal.aborted) return
    }
    const trial = await readTrial(farm.store, id)
    if (!steps || (follow && !output.json)) {
      return output.answer(trial, () => `${follow ? '\n' : ''}${trialText(trial)}`)
    }
    const attempt = flags.attempt ?? (await presentAttempt(farm, id))
    const events: NumberedEvent[] = []
    for await (const event of attemptEvents(farm.store, {
      sweep: trial.sweep,
      trial: id,
      attempt,
    })) {
      events.push(event)
    }
    const calls = readModelCalls(events)
    const transcript = new Transcript({ full, spoken: spokenCalls(events, calls) })
    output.answer({ ...trial, shown: { attempt, events, calls: calls.map(withoutBodies) } }, () =>
      [...events.flatMap((event) => transcript.lines(event)), '', trialText(trial)].join('\n'),
    )
  },
})

/** Requests repeat all that was said before; the events hold every byte of them once. */
function withoutBodies<Call extends { request: string; response: string }>(
  call: Call,
): Omit<Call, 'request' | 'response'> {
  const { request: _request, response: _response, ...rest } = call
  return rest
}
