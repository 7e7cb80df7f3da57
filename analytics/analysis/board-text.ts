import { FEWEST_TASKS } from '../statistics/task-cell.ts'
import { aligned, duration, percent, ruleUnder, shareText } from '../text/figures.ts'
import type { BoardEntry, MissingTrials } from './analysis-document.ts'

export interface BoardTextOptions {
  /** What a mean is called: `pass rate`, `score`. */
  readonly measure: string
  /** Show the interval of these tasks only, beside the one over tasks like these. */
  readonly theseTasks?: boolean
}

/** One board as plain text for a terminal; its second line says what its intervals are. */
export function boardText(
  title: string,
  entries: readonly BoardEntry[],
  { measure, theseTasks = false }: BoardTextOptions,
): string[] {
  const columns = boardColumns(entries, { measure, theseTasks })
  const [head = '', ...lines] = aligned(
    [
      columns.map((column) => column.title),
      ...entries.map((entry) => columns.map(({ of }) => of(entry))),
    ],
    new Set(columns.flatMap(({ left }, at) => (left ? [] : [at]))),
  )
  return [title, intervalLabel(entries), '', head, ruleUnder(head), ...lines]
}

/** The columns that a board of these entries has. */
export function boardColumns(
  entries: readonly BoardEntry[],
  { measure, theseTasks = false }: BoardTextOptions,
): readonly BoardColumn[] {
  const ranked = entries.some(({ rankSet }) => rankSet !== null)
  const drawn = entries.some(({ pBest }) => pBest !== null)
  const costs = entries.some(({ model, meanCostUsd }) => model !== null || meanCostUsd !== null)
  const tokens = entries.some(({ medianTokens }) => (medianTokens ?? 0) > 0)
  const solves = entries.some(({ costPerSolve }) => (costPerSolve?.usd ?? 0) > 0)
  return [
    { title: '#', of: (entry) => (entry.rank === null ? '–' : `${entry.rank}`) },
    { title: 'contestant', left: true, of: nameText },
    { title: measure, of: ({ mean }) => (mean === null ? '–' : `${percent(mean)} %`) },
    { title: 'interval', left: true, of: ({ interval }) => intervalText(interval) },
    ...when(theseTasks, {
      title: 'these tasks',
      left: true,
      of: (entry) => intervalText(entry.theseTasks),
    }),
    ...when(ranked, { title: 'ranks', of: rankSetText }),
    ...when(drawn, { title: 'best', of: ({ pBest }) => (pBest === null ? '–' : shareText(pBest)) }),
    { title: 'tasks', of: ({ tasks, plannedTasks }) => `${tasks}/${plannedTasks}` },
    { title: 'trials', of: ({ valid, planned }) => `${valid}/${planned}` },
    { title: 'missing', left: true, of: ({ missing }) => missingText(missing) },
    {
      title: 'median',
      of: ({ medianWallSeconds: wall }) => (wall === null ? '–' : duration(wall)),
    },
    ...when(tokens, { title: 'tokens', of: tokensText }),
    ...when(costs, { title: 'cost', of: costText }),
    ...when(solves, { title: 'per solve', of: solveText }),
  ]
}

export interface BoardColumn {
  readonly title: string
  readonly left?: true
  readonly of: (entry: BoardEntry) => string
}

const when = (shown: boolean, column: BoardColumn): BoardColumn[] => (shown ? [column] : [])

const nameText = ({ contestant, simulated }: BoardEntry): string =>
  simulated ? `${contestant} (simulated)` : contestant

/** What the intervals are: "95% interval over tasks like these, design-effect Wilson". */
export function intervalLabel(entries: readonly BoardEntry[]): string {
  const [found] = entries.flatMap(({ interval }) => interval ?? [])
  if (found === undefined) return `no interval below ${FEWEST_TASKS} tasks`
  const { level, estimand, clusters, tasks } = found
  const families = clusters < tasks ? `, ${clusters} families of ${tasks} tasks` : ''
  const share = Number((level * 100).toFixed(3))
  return `${share}% interval over ${estimand}, ${methodsText(entries)}${families}`
}

/**
 * The method of a board's intervals: of most of them, and of those that it does not fit, which are
 * those whose tasks do not differ.
 */
export function methodsText(entries: readonly BoardEntry[]): string {
  const counts = new Map<string, number>()
  for (const { interval } of entries) {
    if (interval !== null) counts.set(interval.method, (counts.get(interval.method) ?? 0) + 1)
  }
  const [most = '', ...others] = [...counts].sort((a, b) => b[1] - a[1]).map(([method]) => method)
  return others.length === 0
    ? most
    : `${most} (${others.join(', ')} where all tasks score the same)`
}

function intervalText(interval: BoardEntry['interval']): string {
  if (interval === null) return '–'
  const { low, high, rough } = interval
  return `${percent(low)} – ${percent(high)} %${rough ? ' ~' : ''}`
}

function rankSetText({ rankSet }: BoardEntry): string {
  if (rankSet === null) return '–'
  const { low, high } = rankSet
  return low === high ? `${low}` : `${low}–${high}`
}

/** Of a trial, as far as it is known. */
function costText({ meanCostUsd, unknownCosts }: BoardEntry): string {
  if (meanCostUsd === null) return unknownCosts > 0 ? 'unknown' : '–'
  return `${dollars(meanCostUsd)}${unknownCosts > 0 ? ' ?' : ''}`
}

/** Of the median trial. */
function tokensText({ medianTokens }: BoardEntry): string {
  if (medianTokens === null) return 'unknown'
  return medianTokens < 10_000 ? `${medianTokens}` : `${(medianTokens / 1_000).toFixed(0)}k`
}

const solveText = ({ costPerSolve }: BoardEntry): string =>
  costPerSolve === null ? '–' : dollars(costPerSolve.usd)

const dollars = (usd: number): string => `$${usd.toFixed(usd === 0 || usd >= 0.1 ? 2 : 4)}`

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

/** What a reader of boards must know, as far as it holds for one of these entries. */
export function boardNotes(entries: readonly BoardEntry[]): string[] {
  const some = (is: (entry: BoardEntry) => boolean) => entries.some(is)
  const found = [
    'Means are over tasks of each task’s mean. Missing trials are left out, never counted as zero.',
  ]
  if (some(({ rankSet }) => rankSet !== null)) {
    found.push('ranks: those it may have, by paired tests on shared tasks, Holm over all pairs.')
  }
  if (some(({ pBest }) => pBest !== null)) {
    found.push('best: share of resamples of tasks in which it leads; no probability of truth.')
  }
  if (some(({ interval }) => interval?.rough ?? false)) {
    found.push('~ rough: below 10 % and above 90 % an interval covers less often than it says.')
  }
  if (some(({ interval, mean }) => interval === null && mean !== null)) {
    found.push(`– below ${FEWEST_TASKS} tasks there is no interval over tasks.`)
  }
  if (some((entry) => entry.mean !== null && !entry.complete)) {
    found.push('– in place of a rank: tasks without a valid trial so far.')
  }
  for (const bounded of boundsOf(entries)) found.push(bounded)
  if (some(({ meanCostUsd, unknownCosts }) => meanCostUsd !== null && unknownCosts > 0)) {
    found.push('? the cost of some trials is unknown: the mean is over the others.')
  }
  if (some(({ simulated }) => simulated)) {
    found.push('(simulated): results drawn by chance, no measurement of any agent.')
  }
  return found
}

/** Contestants whose missing trials could still move their mean, three at most. */
function boundsOf(entries: readonly BoardEntry[]): string[] {
  const moved = entries.filter(({ bounds, valid, planned }) => bounds !== null && valid < planned)
  const shown = moved.slice(0, 3).map(({ contestant, bounds }) => {
    const { low, high } = bounds ?? { low: 0, high: 1 }
    return `${contestant} ${percent(low)} – ${percent(high)} %`
  })
  if (shown.length === 0) return []
  const rest = moved.length > shown.length ? `, and ${moved.length - shown.length} more` : ''
  return [`If all missing trials failed, or all passed: ${shown.join('; ')}${rest}.`]
}
