import { z } from 'zod'
import { command } from '../command.ts'
import { STATISTICS_FLAGS } from '../statistics-flags.ts'
import { SWEEP_ARGUMENT } from '../sweep-reference.ts'

const { level, theseTasks, baseline, resamples, seed } = STATISTICS_FLAGS

export const leaderboard = command({
  words: ['leaderboard'],
  summary: "Show a sweep's pass/fail and partial credit boards, with intervals and rank sets.",
  details:
    'Works while the sweep runs; trials without a score count as missing, never as zero. Ranks are ' +
    'those that a contestant may have: paired tests on shared tasks, adjusted by Holm over all pairs.',
  args: { sweep: SWEEP_ARGUMENT },
  flags: {
    level,
    theseTasks,
    by: z
      .enum(['category', 'dimension', 'family'])
      .optional()
      .meta({ description: 'boards of each category, dimension or family too' }),
    baseline,
    resamples,
    seed,
    format: z
      .enum(['text', 'csv', 'md', 'html'])
      .default('text')
      .describe('how the boards are written'),
  },
  examples: [
    { line: 'sbench leaderboard latest', does: 'the sweep submitted last' },
    { line: 'sbench leaderboard latest --format md', does: 'for a page' },
    {
      line: 'sbench leaderboard latest --format html > boards.html',
      does: 'a page by itself, with bars; `sbench report` has all figures',
    },
  ],
  async run({ args, flags }, context) {
    const { readLeaderboard } = await import('../../analytics/leaderboard.ts')
    const { leaderboardText } = await import('../../analytics/leaderboard-text.ts')
    const { leaderboardCsv, leaderboardMarkdown } = await import('../leaderboard-formats.ts')
    const { findSweep } = await import('../find-sweep.ts')
    const { openFarm } = await import('../open-farm.ts')
    const { resampleCache } = await import('../resample-folder.ts')
    await using farm = await openFarm(flags, context)
    const { sweep } = await findSweep(farm, args.sweep)
    const { by, level, seed, resamples, baseline, theseTasks } = flags
    const options = { level, seed, resamples, by, baseline }
    // What draws is loaded only where something is drawn.
    const page =
      flags.format === 'html' ? await import('../../analytics/report/boards-page.ts') : undefined
    const cache = resampleCache(flags, context)
    const boards = await readLeaderboard(farm.store, sweep, { ...options, cache })
    context.output.answer(boards, () => {
      if (flags.format === 'csv') return leaderboardCsv(boards)
      if (flags.format === 'md') return leaderboardMarkdown(boards)
      if (page !== undefined) return page.boardsPage(boards, { ...options, theseTasks })
      return leaderboardText(boards, { theseTasks })
    })
  },
})
