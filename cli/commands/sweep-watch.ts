import { command } from '../command.ts'
import { SWEEP_ARGUMENT } from '../sweep-reference.ts'

export const sweepWatch = command({
  words: ['sweep', 'watch'],
  summary: 'Watch a sweep to its end, then show its leaderboards.',
  details:
    'Ctrl-C leaves it running. With --json, progress goes to stderr as NDJSON. Ends with exit code 5 ' +
    'when trials are missing at the end.',
  args: { sweep: SWEEP_ARGUMENT },
  flags: {},
  examples: [{ line: 'sbench sweep watch latest', does: 'come back to the sweep submitted last' }],
  async run({ args, flags }, context) {
    const { openFarm } = await import('../open-farm.ts')
    const { findSweep } = await import('../find-sweep.ts')
    const { answerSweep } = await import('../answer-sweep.ts')
    await using farm = await openFarm(flags, context)
    await answerSweep(farm, await findSweep(farm, args.sweep), context)
  },
})
