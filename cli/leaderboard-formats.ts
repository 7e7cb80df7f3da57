import type { BoardEntry } from '../analytics/analysis/analysis-document.ts'
import type { Leaderboard } from '../analytics/leaderboard.ts'
import { stopLines } from '../analytics/leaderboard-text.ts'
import { csvRow } from '../analytics/text/csv-text.ts'
import { percent } from '../analytics/text/figures.ts'

const COLUMNS: readonly (readonly [string, (entry: BoardEntry) => unknown])[] = [
  ['contestant', ({ contestant }) => contestant],
  ['simulated', ({ simulated }) => simulated],
  ['rank', ({ rank }) => rank],
  ['rank_low', ({ rankSet }) => rankSet?.low],
  ['rank_high', ({ rankSet }) => rankSet?.high],
  ['mean', ({ mean }) => mean],
  ['low', ({ interval }) => interval?.low],
  ['high', ({ interval }) => interval?.high],
  ['level', ({ interval }) => interval?.level],
  ['estimand', ({ interval }) => interval?.estimand],
  ['method', ({ interval }) => interval?.method],
  ['these_tasks_low', ({ theseTasks }) => theseTasks?.low],
  ['these_tasks_high', ({ theseTasks }) => theseTasks?.high],
  ['p_best', ({ pBest }) => pBest],
  ['tasks', ({ tasks }) => tasks],
  ['planned_tasks', ({ plannedTasks }) => plannedTasks],
  ['valid', ({ valid }) => valid],
  ['planned', ({ planned }) => planned],
  ['infra_failed', ({ missing }) => missing.infraFailed],
  ['ungraded', ({ missing }) => missing.ungraded],
  ['cancelled', ({ missing }) => missing.cancelled],
  ['unfinished', ({ missing }) => missing.unfinished],
  ['bound_low', ({ bounds }) => bounds?.low],
  ['bound_high', ({ bounds }) => bounds?.high],
  ['median_wall_seconds', ({ medianWallSeconds }) => medianWallSeconds],
  ['median_tokens', ({ medianTokens }) => medianTokens],
  ['mean_cost_usd', ({ meanCostUsd }) => meanCostUsd],
  ['cost_per_solve_usd', ({ costPerSolve }) => costPerSolve?.usd],
]

/** All boards as one table of comma-separated values, a row an entry; fractions of 1. */
export function leaderboardCsv(boards: Leaderboard): string {
  const rows = boardsOf(boards).flatMap(({ measure, entries }) =>
    entries.map((entry) => csvRow([measure, ...COLUMNS.map(([, of]) => of(entry))])),
  )
  return [csvRow(['measure', ...COLUMNS.map(([name]) => name)]), ...rows].join('')
}

/** The boards as Markdown tables, with the caption that says what their intervals are. */
export function leaderboardMarkdown(boards: Leaderboard): string {
  const { name, suite, suiteVersion } = boards.sweep
  const stop = stopLines(boards).map((line) => line.trim())
  const tables = boardsOf(boards).map(({ measure, entries }) => {
    const rows = entries.map((entry) => {
      const { contestant, simulated, mean, interval, rankSet, tasks, plannedTasks } = entry
      return [
        rankSet === null
          ? '–'
          : rankSet.low === rankSet.high
            ? rankSet.low
            : `${rankSet.low}–${rankSet.high}`,
        simulated ? `${contestant} (simulated)` : contestant,
        mean === null ? '–' : `${percent(mean)} %`,
        interval === null ? '–' : `${percent(interval.low)} – ${percent(interval.high)} %`,
        `${tasks}/${plannedTasks}`,
        `${entry.valid}/${entry.planned}`,
      ]
    })
    const lines = [['ranks', 'contestant', measure, 'interval', 'tasks', 'trials'], ...rows].map(
      (cells) => `| ${cells.map((cell) => `${cell}`.replaceAll('|', '\\|')).join(' | ')} |`,
    )
    const [head = '', ...body] = lines
    const interval = entries.find((entry) => entry.interval !== null)?.interval
    const label = interval
      ? `${Number((interval.level * 100).toFixed(3))} % interval over ${interval.estimand}, ${interval.method}`
      : 'no interval'
    const caption = `${name}, ${suite} ${suiteVersion}: ${measure}; ${label}.`
    return [head, '|---|---|---|---|---|---|', ...body, '', caption].join('\n')
  })
  return [...tables, ...(stop.length === 0 ? [] : [stop.join('  \n')])].join('\n\n')
}

function boardsOf({ passFail, partialCredit, dimensions }: Leaderboard) {
  return [
    { measure: 'pass rate', entries: passFail },
    { measure: 'score', entries: partialCredit },
    ...dimensions.map(({ dimension, entries }) => ({ measure: dimension, entries })),
  ]
}
