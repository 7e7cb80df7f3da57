import { z } from 'zod'
import { command } from '../command.ts'
import { SWEEP_ARGUMENT } from '../sweep-reference.ts'

const LEVEL = 'write a fraction between 0 and 1, such as 0.95'

export const leaderboard = command({
  words: ['leaderboard'],
  summary: "Show a sweep's pass/fail and partial credit boards, with intervals.",
  details: 'Works while the sweep runs; trials without a score count as missing, never as zero.',
  args: { sweep: SWEEP_ARGUMENT },
  flags: {
    level: z.coerce
      .number(LEVEL)
      .gt(0, LEVEL)
      .lt(1, LEVEL)
      .default(0.95)
      .meta({ description: 'coverage of the intervals', value: 'fraction' }),
  },
  examples: [{ line: 'sbench leaderboard latest', does: 'the sweep submitted last' }],
  async run({ args, flags }, context) {
    const { readLeaderboard } = await import('../../analytics/leaderboard.ts')
    const { leaderboardText } = await import('../../analytics/leaderboard-text.ts')
    const { findSweep } = await import('../find-sweep.ts')
    const { openFarm } = await import('../open-farm.ts')
    await using farm = await openFarm(flags, context)
    const { sweep } = await findSweep(farm, args.sweep)
    const boards = await readLeaderboard(farm.store, sweep, { level: flags.level })
    context.output.answer(boards, () => leaderboardText(boards))
  },
})
