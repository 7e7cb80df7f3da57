import type { Analysis } from '../../analysis/analysis-document.ts'
import { percent } from '../../text/figures.ts'
import { type Figure, tableOf } from '../figure.ts'
import { counted, provenance, rateText } from '../phrases.ts'
import { type Segment, stackedRows } from '../stacked-rows.ts'
import { inBoardOrder } from './board-order.ts'

const ID = 'variance'
const SEGMENTS: readonly Segment[] = [
  { key: 'T', label: 'between tasks', ink: 'blue' },
  { key: 'S', label: 'between seeds of a task', ink: 'orange' },
]

/** How much of the variance of single trials comes from tasks, and how much from seeds. */
export function varianceBars(analysis: Analysis): Figure {
  const variance = inBoardOrder(analysis, analysis.variance)
  const rows = variance.map(({ contestant, between, within, icc, anotherSeedPays }) => ({
    name: contestant,
    shares: icc === null ? [] : [icc, 1 - icc],
    said: [
      `${contestant}, between tasks: ${rateText(icc)} of the variance, standard deviation ${percent(Math.sqrt(between))} points`,
      `${contestant}, between seeds: ${rateText(icc === null ? null : 1 - icc)} of the variance, standard deviation ${percent(Math.sqrt(within))} points`,
    ],
    numbers: [
      percent(Math.sqrt(between)),
      percent(Math.sqrt(within)),
      anotherSeedPays ? 'yes' : 'no',
    ],
  }))
  return {
    id: ID,
    title: 'Where scores vary',
    drawing:
      variance.length === 0
        ? null
        : stackedRows(SEGMENTS, rows, {
            id: ID,
            heads: ['sd tasks', 'sd seeds', 'seed pays'],
            empty: 'nothing varies',
            summary: `Stacked bars of the variance of scores of ${counted(variance.length, 'contestant')}.`,
          }),
    caption: [
      ...(variance.length === 0
        ? [
            'No contestant has two tasks of which one has two valid trials: what tasks and what seeds vary by cannot be told apart.',
          ]
        : [
            'Shares of the variance of the score of a single trial, by one-way analysis of variance; standard deviations in points at the right.',
            '“Seed pays”: another round of seeds is worth its money, the variance within tasks over the number of seeds being above a quarter of that between tasks.',
            'What a judge adds is part of the seeds’ share: gradings were not repeated here.',
          ]),
      provenance(analysis),
    ],
    table: tableOf(variance, [
      { key: 'contestant', title: 'contestant', left: true, value: ({ contestant }) => contestant },
      {
        key: 'between',
        title: 'variance between tasks',
        value: ({ between }) => between,
        text: ({ between }) => between.toFixed(4),
      },
      {
        key: 'within',
        title: 'within tasks',
        value: ({ within }) => within,
        text: ({ within }) => within.toFixed(4),
      },
      {
        key: 'icc',
        title: 'share of tasks',
        value: ({ icc }) => icc,
        text: ({ icc }) => rateText(icc),
      },
      {
        key: 'another_seed_pays',
        title: 'another seed pays',
        value: ({ anotherSeedPays }) => anotherSeedPays,
        text: ({ anotherSeedPays }) => (anotherSeedPays ? 'yes' : 'no'),
      },
    ]),
  }
}
