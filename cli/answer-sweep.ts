import { readLeaderboard } from '../analytics/leaderboard.ts'
import { leaderboardText } from '../analytics/leaderboard-text.ts'
import type { SweepId } from '../core/ids.ts'
import type { CommandContext } from './command-context.ts'
import type { Connections } from './connections.ts'
import { assertComplete, followSweep, sweepDocument } from './follow-sweep.ts'

/**
 * Watches a sweep to its end and answers with its leaderboards.
 *
 * @throws Failure `sweep.unfinished`, after the answer, when trials are missing.
 */
export async function answerSweep(
  farm: Connections,
  found: { readonly sweep: SweepId; readonly name: string },
  context: CommandContext,
): Promise<void> {
  const { output } = context
  const view = await followSweep(farm, found, context)
  if (view === null) return output.answer({ sweep: found.sweep, detached: true }, () => '')
  const boards = await readLeaderboard(farm.store, found.sweep)
  const { passFail, partialCredit } = boards
  const document = { ...sweepDocument(view), passFail, partialCredit }
  output.answer(document, () => `\n${leaderboardText(boards)}`)
  assertComplete(view)
}
