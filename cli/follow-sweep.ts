import { Failure } from '../core/failure.ts'
import type { SweepId } from '../core/ids.ts'
import type { CommandContext } from './command-context.ts'
import type { Connections } from './connections.ts'
import { sweepSources } from './sweep-sources.ts'
import { missingOf } from './sweep-table.ts'
import { isOver, type SweepView } from './sweep-view.ts'
import { watchSweep } from './watch-sweep.ts'

/**
 * Watches a sweep to its end. Ctrl-C leaves it running and says how to come back.
 *
 * @returns its last view, or null when the watcher left.
 */
export async function followSweep(
  farm: Connections,
  { sweep, name }: { readonly sweep: SweepId; readonly name: string },
  { output, catchInterrupt }: Pick<CommandContext, 'output' | 'catchInterrupt'>,
): Promise<SweepView | null> {
  using interrupt = catchInterrupt()
  const view = await watchSweep(sweepSources(farm, sweep, name), output, interrupt.signal)
  if (view !== null && isOver(view)) return view
  output.say(`\nThe sweep goes on without you. Come back with: sbench sweep watch ${sweep}`)
  return null
}

/** A sweep in a JSON document. */
export function sweepDocument(view: SweepView) {
  const { sweep, name, status, planned, finished, standings, stopped, stopping } = view
  const counts = { planned, finished, missing: missingOf(view) }
  return { sweep, name, status, ...counts, standings, stopped, stopping }
}

/** @throws Failure `sweep.unfinished` when trials ended without a score, or were never run. */
export function assertComplete(view: SweepView): void {
  const missing = missingOf(view)
  const unrun = Math.max(0, view.planned - view.finished)
  if (missing + unrun === 0) return
  const { sweep, status } = view
  const parts = [
    ...(missing > 0 ? [`${missing} ended without a score`] : []),
    ...(unrun > 0 ? [`${unrun} did not run`] : []),
  ]
  throw new Failure(
    'sweep.unfinished',
    `Of ${view.planned} trials ${parts.join(' and ')}; the sweep is ${status}. ` +
      `See why: sbench trial list ${sweep} --missing`,
    { facts: { sweep, status, planned: view.planned, missing, unrun } },
  )
}
