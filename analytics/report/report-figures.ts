import type { Analysis } from '../analysis/analysis-document.ts'
import type { Figure } from './figure.ts'
import { boardBars } from './figures/board-bars.ts'
import { pairMatrix } from './figures/pair-matrix.ts'

export interface FiguresOptions {
  /** Whom hovering over a bar compares with. */
  readonly baseline?: string | undefined
}

/** All figures of a report, in the order of its page. */
export function reportFigures(analysis: Analysis, { baseline }: FiguresOptions = {}): Figure[] {
  const boards = analysis.boards.filter(({ measure }) => !measure.startsWith('dimension:'))
  const taskMeans = new Map(
    analysis.cells?.rows.map(({ contestant, score, passed, valid }) => [
      contestant,
      {
        score: score.filter((mean) => mean !== null),
        pass: passed.flatMap((count, task) => {
          const n = valid[task] ?? 0
          return n > 0 ? [count / n] : []
        }),
      },
    ]),
  )
  const meansOf = (measure: string) =>
    new Map(
      [...taskMeans].map(([name, means]) => [name, measure === 'pass' ? means.pass : means.score]),
    )
  return [
    ...boards.map((board) =>
      boardBars({ board, baseline, taskMeans: meansOf(board.measure) }, analysis),
    ),
    ...boards.map((board) => pairMatrix(board, analysis)),
  ]
}
