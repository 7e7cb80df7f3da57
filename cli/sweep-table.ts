import { stopLine, stopText } from '../analytics/stopping/stop-text.ts'
import { durationText } from './duration-text.ts'
import type { Pace } from './pace.ts'
import type { PlacedTrial, Standing, SweepView } from './sweep-view.ts'
import { type Column, textTable } from './text-table.ts'

export interface TableOptions {
  readonly pace: Pace
  readonly nowMs: number
  /** Characters a line and lines a screen. */
  readonly columns: number
  readonly rows: number
}

const STANDING_COLUMNS: readonly Column[] = [
  { title: 'contestant' },
  { title: 'done', align: 'right' },
  { title: 'passed', align: 'right' },
  { title: 'score', align: 'right' },
  { title: 'missing', align: 'right' },
  { title: 'running', align: 'right' },
]

const RUNNING_COLUMNS: readonly Column[] = [
  { title: 'node' },
  { title: 'contestant' },
  { title: 'task' },
  { title: 'seed', align: 'right' },
  { title: 'phase' },
  { title: 'for', align: 'right' },
]

/** A sweep on a screen; what does not fit is counted instead of shown. */
export function sweepTable(
  view: SweepView,
  { pace, nowMs, columns, rows }: TableOptions,
): string[] {
  const standings = standingsTable(view.standings, view.running)
  const stop = stopLines(view)
  const gap = stop.length === 0 ? [] : ['']
  const head = [headLine(view), paceLine(view, pace), '', ...standings, ...gap, ...stop]
  const room = rows - head.length - 4
  const lines = [...head, ...runningLines(view.running, room, nowMs)]
  return lines.slice(0, Math.max(1, rows - 1)).map((line) => cut(line, columns))
}

/** Contestants under each other; `running` counts what they work on now. */
export function standingsTable(
  standings: readonly Standing[],
  running: readonly PlacedTrial[] = [],
): string[] {
  const rows = standings.map((standing) => standingRow(standing, running))
  return textTable(STANDING_COLUMNS, rows)
}

/** A sweep on one line, for logs. */
export function sweepLine(view: SweepView, pace: Pace): string {
  const { finished, planned, running, status } = view
  const passed = view.standings.reduce((sum, standing) => sum + standing.passed, 0)
  const missing = missingOf(view)
  const parts = [
    `${finished}/${planned} trials`,
    `${passed} passed`,
    ...(missing > 0 ? [`${missing} missing`] : []),
    `${running.length} running`,
    ...paceParts(view, pace),
  ]
  const stop = view.stopped === null ? [] : [stopLine(view.stopped)]
  return [`${status}: ${parts.join(', ')}`, ...stop].join('; ')
}

/** What a sweep that may stop early has found so far, or stopped for. */
export function stopLines(view: Pick<SweepView, 'status' | 'stopped' | 'stopping'>): string[] {
  const { status, stopped, stopping } = view
  return stopText({ status, stopped, intervals: stopping })
}

/** Results without a score. */
export function missingOf({ standings }: Pick<SweepView, 'standings'>): number {
  return standings.reduce((sum, { finished, valid }) => sum + finished - valid, 0)
}

function headLine({ sweep, name, status }: SweepView): string {
  return `${name}  ${sweep}  ${status}`
}

function paceLine(view: SweepView, pace: Pace): string {
  const { finished, planned, nodes } = view
  const share = planned === 0 ? 100 : Math.floor((finished / planned) * 100)
  const fleet = nodes === 1 ? '1 node' : `${nodes} nodes`
  return [`${finished} of ${planned} trials (${share} %)`, fleet, ...paceParts(view, pace)].join(
    ', ',
  )
}

function paceParts({ status }: SweepView, { perMinute, remainingMs }: Pace): string[] {
  if (status !== 'running') return []
  const rate = perMinute > 0 ? [`${perMinute.toFixed(1)} a minute`] : []
  return remainingMs === null ? rate : [...rate, `about ${durationText(remainingMs)} left`]
}

function standingRow(standing: Standing, running: readonly PlacedTrial[]): string[] {
  const { contestant, simulated, planned, finished, valid, passed, score } = standing
  const active = running.filter((trial) => trial.contestant === contestant).length
  return [
    simulated ? `${contestant} (simulated)` : contestant,
    `${finished}/${planned}`,
    `${passed}/${valid}`,
    score === null ? '' : score.toFixed(2),
    finished > valid ? String(finished - valid) : '',
    active > 0 ? String(active) : '',
  ]
}

function runningLines(running: readonly PlacedTrial[], room: number, nowMs: number): string[] {
  if (running.length === 0 || room < 1) return []
  const shown = running.slice(0, running.length > room ? room - 1 : room)
  const rows = shown.map(({ node, contestant, task, seed, phase, since }) => {
    const age = durationText(nowMs - Date.parse(since))
    return [node, contestant, task, String(seed), phase, age]
  })
  const hidden = running.length - shown.length
  const more = hidden > 0 ? [`and ${hidden} more`] : []
  return ['', ...textTable(RUNNING_COLUMNS, rows), ...more]
}

function cut(line: string, columns: number): string {
  return line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 1))}…`
}
