import type { Analysis } from '../analysis/analysis-document.ts'
import type { Figure } from './figure.ts'
import { boardBars } from './figures/board-bars.ts'
import { compositeBars } from './figures/composite-bars.ts'
import { costScatter } from './figures/cost-scatter.ts'
import { failureTaxonomy } from './figures/failure-taxonomy.ts'
import { healthScatter } from './figures/health-scatter.ts'
import { heatMap } from './figures/heat-map.ts'
import { outlookCurves } from './figures/outlook-curves.ts'
import { pairMatrix } from './figures/pair-matrix.ts'
import { passCurvesFigure } from './figures/pass-curves.ts'
import { rateHistograms } from './figures/rate-histograms.ts'
import { seedStrips } from './figures/seed-strips.ts'
import { solveCosts } from './figures/solve-costs.ts'
import { timeBars } from './figures/time-bars.ts'
import { varianceBars } from './figures/variance-bars.ts'

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
    compositeBars(analysis),
    heatMap(analysis, 'pass'),
    heatMap(analysis, 'score'),
    passCurvesFigure(analysis),
    costScatter(analysis),
    solveCosts(analysis),
    ...boards.map((board) => pairMatrix(board, analysis)),
    failureTaxonomy(analysis),
    varianceBars(analysis),
    seedStrips(analysis),
    rateHistograms(analysis),
    outlookCurves(analysis),
    healthScatter(analysis),
    timeBars(analysis),
  ]
}
