import type { SweepSummary } from '../../analytics/read-sweeps.ts'
import { command } from '../command.ts'
import { durationText } from '../duration-text.ts'
import { SWEEP_ARGUMENT } from '../sweep-reference.ts'
import { standingsTable } from '../sweep-table.ts'
import type { Standing } from '../sweep-view.ts'

export const sweepShow = command({
  words: ['sweep', 'show'],
  summary: 'Show a sweep as it stands, and each contestant in it.',
  args: { sweep: SWEEP_ARGUMENT },
  flags: {},
  examples: [{ line: 'sbench sweep show latest', does: 'the sweep submitted last' }],
  async run({ args, flags }, context) {
    const { readSweep } = await import('../../analytics/read-sweeps.ts')
    const { readStopIntervals } = await import('../../analytics/stopping/stop-intervals.ts')
    const { stopText } = await import('../../analytics/stopping/stop-text.ts')
    const { findSweep } = await import('../find-sweep.ts')
    const { openFarm } = await import('../open-farm.ts')
    const { readStandings } = await import('../read-standings.ts')
    await using farm = await openFarm(flags, context)
    const { sweep } = await findSweep(farm, args.sweep)
    const summary = await readSweep(farm.store, sweep)
    const standings = await readStandings(farm.analyst, sweep)
    const stopping = await readStopIntervals(farm.store, sweep)
    const { status, stopped } = summary
    const stop = stopText({ status, stopped, intervals: stopping })
    context.output.answer({ ...summary, standings, stopping }, () =>
      [textOf(summary, standings), ...(stop.length === 0 ? [] : ['', ...stop])].join('\n'),
    )
  },
})

function textOf(summary: SweepSummary, standings: readonly Standing[]): string {
  const { sweep, name, suite, suiteVersion, status, planned, finished, startedAt } = summary
  const end = summary.finishedAt === null ? Date.now() : Date.parse(summary.finishedAt)
  const took = durationText(end - Date.parse(startedAt))
  const missing = [
    [summary.infraFailed, 'infra-failed'],
    [summary.ungraded, 'ungraded'],
    [summary.cancelled, 'cancelled'],
  ].flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`]))
  return [
    `${name}  ${sweep}`,
    `${suite} ${suiteVersion}, ${status}, ${finished} of ${planned} trials`,
    `started ${startedAt}, ${took} ${summary.finishedAt === null ? 'so far' : 'in all'}`,
    ...(missing.length === 0 ? [] : [`missing: ${missing.join(', ')}`]),
    ...(summary.retried === 0 ? [] : [`more than one attempt: ${summary.retried} trials`]),
    '',
    ...standingsTable(standings),
  ].join('\n')
}
