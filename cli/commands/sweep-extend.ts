import { z } from 'zod'
import { command } from '../command.ts'
import { SWEEP_ARGUMENT } from '../sweep-reference.ts'

export const sweepExtend = command({
  words: ['sweep', 'extend'],
  summary: 'Add seeds to a sweep, also to one that has finished.',
  details:
    'Trials that exist stay as they are; seeds that the sweep has already change nothing. A sweep that ' +
    'stopped early runs what is added whole, and does not stop again.',
  args: { sweep: SWEEP_ARGUMENT },
  flags: {
    seeds: z.string('say which: --seeds +2, --seeds 5 or --seeds 7..9').meta({
      description: '+2 is two more, 5 is 1 to 5, lists are 7,9 or 7..9',
      value: 'seeds',
    }),
  },
  examples: [
    { line: 'sbench sweep extend latest --seeds +2', does: 'two more seeds of everything' },
    { line: 'sbench sweep extend 0199a2 --seeds 10', does: 'make it seeds 1 to 10' },
  ],
  async run({ args, flags }, context) {
    const { openFarm } = await import('../open-farm.ts')
    const { findSweep } = await import('../find-sweep.ts')
    const { giveSeeds } = await import('../extend-sweep.ts')
    await using farm = await openFarm(flags, context)
    const { sweep } = await findSweep(farm, args.sweep)
    const { seeds, planned } = await giveSeeds(farm, sweep, flags.seeds)
    context.output.answer({ sweep, seeds, planned }, () =>
      seeds.length === 0
        ? `Sweep ${sweep} has these seeds already; nothing changed.`
        : `Sweep ${sweep} goes on with seeds ${seeds.join(', ')}: ${planned} trials in all.`,
    )
  },
})
