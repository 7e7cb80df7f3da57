import type { Board } from '../analysis/analysis-document.ts'
import { boardNotes, intervalLabel } from '../analysis/board-text.ts'
import type { Leaderboard } from '../leaderboard.ts'
import { METHOD_VERSION } from '../statistics/run-bootstrap.ts'
import { boardBars } from './figures/board-bars.ts'
import { pairMatrix } from './figures/pair-matrix.ts'
import { boardTable, sliceTable } from './html-table.ts'
import { sweepText, whenText } from './report-head.ts'
import { reportPage } from './report-page.ts'

export interface BoardsPageOptions {
  readonly level: number
  readonly seed: number
  readonly resamples: number
  /** The interval of these tasks only, in the tables too. */
  readonly theseTasks?: boolean
  readonly baseline?: string | undefined
}

/** The boards of a sweep alone, as one page that needs nothing else: tables, and bars. */
export function boardsPage(boards: Leaderboard, options: BoardsPageOptions): string {
  const { sweep, passFail, partialCredit, dimensions, slices, comparisons, dataVersion } = boards
  const { level, seed, resamples, theseTasks = false, baseline } = options
  const facts = {
    dataVersion,
    method: {
      version: METHOD_VERSION,
      level,
      seed,
      resamples: resamples > 0 ? resamples : null,
      adjustment: 'Holm over all pairs',
    },
  }
  const pairsOf = (label: string) =>
    comparisons.find((comparison) => comparison.label === label)?.pairs ?? null
  const both = [
    { measure: 'pass', label: 'pass rate', title: 'Pass/fail', entries: passFail },
    { measure: 'score', label: 'score', title: 'Partial credit', entries: partialCredit },
  ]
  const tables = [
    ...both,
    ...dimensions.map(({ dimension, entries }) => {
      return { measure: dimension, label: dimension, title: dimension, entries }
    }),
  ]
  const figures = both.flatMap(({ measure, label, entries }) => {
    const pairs = pairsOf(label)
    const board: Board = {
      measure,
      label,
      entries: [...entries],
      pairs: pairs === null ? null : [...pairs],
      resamples: facts.method.resamples,
      frontier: [],
    }
    const bars = boardBars({ board, baseline }, facts)
    return pairs === null ? [bars] : [bars, pairMatrix(board, facts)]
  })
  return reportPage(
    {
      title: `Leaderboard: ${sweep.name}`,
      facts: [
        ['Sweep', sweepText(sweep)],
        ['When', whenText(sweep)],
        ['Data', dataVersion],
      ],
      boards: [
        ...tables.map(({ title, label, entries }) =>
          boardTable(entries, {
            measure: label,
            theseTasks,
            caption: `${title}: ${intervalLabel(entries)}`,
          }),
        ),
        ...slices.map(sliceTable),
      ],
      notes: boardNotes([...passFail, ...partialCredit]),
    },
    figures,
    { files: false },
  )
}
