import type { BoardEntry, Leaderboard, MissingTrials } from './leaderboard.ts'
import { FEWEST_TASKS } from './statistics/task-cell.ts'

/** Both boards as plain text for a terminal; every interval says what it is. */
export function leaderboardText({ sweep, passFail, partialCredit }: Leaderboard): string {
  const title = `${sweep.name}, ${sweep.suite} ${sweep.suiteVersion}`
  return [
    ...boardText(`Pass/fail: ${title}`, 'pass rate', passFail),
    '',
    ...boardText(`Partial credit: ${title}`, 'score', partialCredit),
    '',
    ...notes([...passFail, ...partialCredit]),
  ].join('\n')
}

const RIGHT = new Set([0, 2, 4, 5, 7, 8])

function boardText(title: string, measure: string, entries: readonly BoardEntry[]): string[] {
  const columns = ['#', 'contestant', measure, 'interval', 'tasks', 'trials', 'missing', 'median']
  const costs = entries.some(({ model }) => model !== null)
  const header = costs ? [...columns, 'cost'] : columns
  const rows = entries.map((entry, index) => [
    isRanked(entry) ? `${index + 1}` : '–',
    entry.simulated ? `${entry.contestant} (simulated)` : entry.contestant,
    entry.mean === null ? '–' : `${percent(entry.mean)} %`,
    intervalText(entry),
    `${entry.tasks}/${entry.plannedTasks}`,
    `${entry.valid}/${entry.planned}`,
    missingText(entry.missing),
    entry.medianWallSeconds === null ? '–' : duration(entry.medianWallSeconds),
    ...(costs ? [costText(entry)] : []),
  ])
  const [label] = labelsOf(entries)
  const [head = '', ...lines] = aligned([header, ...rows])
  return [title, label ?? `no interval below ${FEWEST_TASKS} tasks`, '', head, rule(head), ...lines]
}

/** A contestant that lacks a task is not ranked: an average over other tasks is another quantity. */
const isRanked = ({ mean, tasks, plannedTasks }: BoardEntry): boolean =>
  mean !== null && tasks === plannedTasks

/** What the intervals are: "95% interval over tasks like these, design-effect Wilson". */
function labelsOf(entries: readonly BoardEntry[]): string[] {
  const labels = entries.flatMap(({ interval }) => {
    if (interval === null) return []
    const { level, estimand, method } = interval
    return [`${Number((level * 100).toFixed(3))}% interval over ${estimand}, ${method}`]
  })
  return [...new Set(labels)]
}

function intervalText({ interval }: BoardEntry): string {
  if (interval === null) return '–'
  const { low, high, rough } = interval
  return `${percent(low)} – ${percent(high)} %${rough ? ' ~' : ''}`
}

/** Of a trial, as far as it is known. */
function costText({ meanCostUsd, unknownCosts }: BoardEntry): string {
  if (meanCostUsd === null) return unknownCosts > 0 ? 'unknown' : '–'
  const dollars = meanCostUsd === 0 || meanCostUsd >= 0.1 ? 2 : 4
  return `$${meanCostUsd.toFixed(dollars)}${unknownCosts > 0 ? ' ?' : ''}`
}

function missingText(missing: MissingTrials): string {
  const parts = [
    [missing.infraFailed, 'infra-failed'],
    [missing.ungraded, 'ungraded'],
    [missing.cancelled, 'cancelled'],
    [missing.unfinished, 'unfinished'],
  ] as const
  const shown = parts.filter(([trials]) => trials > 0).map(([trials, why]) => `${trials} ${why}`)
  return shown.length === 0 ? '–' : shown.join(', ')
}

function notes(entries: readonly BoardEntry[]): string[] {
  const some = (is: (entry: BoardEntry) => boolean) => entries.some(is)
  const found = [
    'Means are over tasks of each task’s mean. Missing trials are left out, never counted as zero.',
  ]
  if (some(({ interval }) => interval?.rough ?? false)) {
    found.push('~ rough: below 10 % and above 90 % an interval covers less often than it says.')
  }
  if (some(({ interval, mean }) => interval === null && mean !== null)) {
    found.push(`– below ${FEWEST_TASKS} tasks there is no interval over tasks.`)
  }
  if (some((entry) => entry.mean !== null && !isRanked(entry))) {
    found.push('– in place of a rank: tasks without a valid trial so far.')
  }
  if (some(({ meanCostUsd, unknownCosts }) => meanCostUsd !== null && unknownCosts > 0)) {
    found.push('? the cost of some trials is unknown: the mean is over the others.')
  }
  if (some(({ simulated }) => simulated)) {
    found.push('(simulated): results drawn by chance, no measurement of any agent.')
  }
  return found
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const columns = rows[0]?.length ?? 0
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => [...(row[column] ?? '')].length)),
  )
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const padding = ' '.repeat((widths[column] ?? 0) - [...cell].length)
        return RIGHT.has(column) ? padding + cell : cell + padding
      })
      .join('  ')
      .trimEnd(),
  )
}

const rule = (head: string): string => '─'.repeat([...head].length)
const percent = (fraction: number): string => (fraction * 100).toFixed(1)

function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  const minutes = Math.floor(seconds / 60)
  const rest = Math.floor(seconds % 60)
  if (minutes < 60) return `${minutes} min ${String(rest).padStart(2, '0')} s`
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
}
