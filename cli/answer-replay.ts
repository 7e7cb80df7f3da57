import type { SweepId, TrialId } from '../core/ids.ts'
import { allTrials } from './all-trials.ts'
import type { CommandContext } from './command-context.ts'
import type { Connections } from './connections.ts'
import { assertComplete, followSweep } from './follow-sweep.ts'
import { readCallCounts } from './read-call-counts.ts'
import { assertSame, type CountedLine, replayedTrials, replayTable } from './replay-verdict.ts'
import { submitReplay } from './submit-replay.ts'

/**
 * Replays a sweep, or one trial of it, and answers with what was the same and what was not.
 *
 * @throws Failure `replay.differs`, after the answer.
 */
export async function answerReplay(
  farm: Connections,
  { of, only, detach }: { of: SweepId; only?: TrialId; detach: boolean },
  context: CommandContext,
): Promise<void> {
  const { output } = context
  const { manifest, planned, leftOut } = await submitReplay(farm, of, only)
  const { sweep, name } = manifest
  output.say(`sweep ${sweep}: ${planned} recorded trials, no key needed, no cost`)
  if (leftOut > 0) output.say(`left out: ${leftOut} trials without recorded calls of a model`)
  if (detach) return output.answer({ sweep, of, planned, detached: true }, () => sweep)
  const view = await followSweep(farm, { sweep, name }, context)
  if (view === null) return output.answer({ sweep, of, planned, detached: true }, () => '')
  const trials = replayedTrials(await linesOf(farm, sweep), await linesOf(farm, of))
  output.answer({ sweep, of, trials }, () => replayTable(trials).join('\n'))
  assertSame(trials)
  assertComplete(view)
}

async function linesOf(farm: Connections, sweep: SweepId): Promise<CountedLine[]> {
  const counts = await readCallCounts(farm.analyst, sweep)
  const lines: CountedLine[] = []
  for await (const line of allTrials(farm.store, sweep)) {
    lines.push({ ...line, calls: counts.get(line.trial) ?? 0 })
  }
  return lines
}
