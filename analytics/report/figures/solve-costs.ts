import { scaleLog } from 'd3-scale'
import type { Analysis, BoardEntry } from '../../analysis/analysis-document.ts'
import { axisBelow } from '../axis.ts'
import { type Drawing, type Figure, tableOf } from '../figure.ts'
import { counted, dollars, levelText, provenance, rangeText, rateText } from '../phrases.ts'
import { element, fitted, line, titled, words } from '../svg.ts'
import { dollarTicks } from './dollar-ticks.ts'

const ID = 'cost-per-solve'
const LEFT = 220
const RIGHT = 700

interface Solved {
  readonly entry: BoardEntry
  readonly usd: number
  readonly low: number | null
  readonly high: number | null
}

/** What a passed trial costs: the price of a contestant's failures is part of it. */
export function solveCosts(analysis: Analysis): Figure {
  const entries = analysis.boards.find(({ measure }) => measure === 'pass')?.entries ?? []
  const rows = entries
    .flatMap((entry): Solved[] => {
      const { costPerSolve } = entry
      return costPerSolve === null || costPerSolve.usd <= 0 ? [] : [{ entry, ...costPerSolve }]
    })
    .sort((a, b) => a.usd - b.usd)
  const without = entries.length - rows.length
  return {
    id: ID,
    title: 'Cost of a solve',
    drawing: rows.length === 0 ? null : drawingOf(rows),
    caption: [
      rows.length === 0
        ? 'Of no contestant is the cost of all valid trials known while one of them passed.'
        : `Dollars a passed trial, failed ones paid for as well: the ratio of the mean cost to the pass rate, tasks weighing the same, with Fieller’s ${levelText(analysis.method.level)} interval over tasks like these (none below ten tasks), on a logarithmic axis. An arrow: the interval has no upper end, since the pass rate is not surely above 0.`,
      ...(without > 0 && rows.length > 0
        ? [
            `${counted(without, 'contestant')} without a place: unknown or no cost, or nothing passed.`,
          ]
        : []),
      provenance(analysis),
    ],
    table: tableOf(entries, [
      { key: 'contestant', title: 'contestant', left: true, value: ({ contestant }) => contestant },
      {
        key: 'pass_rate',
        title: 'pass rate',
        value: ({ mean }) => mean,
        text: ({ mean }) => rateText(mean),
      },
      {
        key: 'usd',
        title: 'dollars a solve',
        value: ({ costPerSolve }) => costPerSolve?.usd ?? null,
        text: ({ costPerSolve }) => (costPerSolve === null ? '–' : dollars(costPerSolve.usd)),
      },
      {
        key: 'low_usd',
        title: 'interval',
        value: ({ costPerSolve }) => costPerSolve?.low ?? null,
        text: ({ costPerSolve }) => rangeText(costPerSolve, dollars, ''),
      },
      {
        key: 'high_usd',
        title: 'to',
        value: ({ costPerSolve }) => costPerSolve?.high ?? null,
        text: ({ costPerSolve }) =>
          costPerSolve === null || costPerSolve.high === null ? '–' : dollars(costPerSolve.high),
      },
    ]),
  }
}

function drawingOf(rows: readonly Solved[]): Drawing {
  const height = rows.length > 40 ? 16 : 22
  const top = 12
  const bottom = top + rows.length * height
  const costs = rows.flatMap(({ usd, low, high }) => [
    usd,
    ...(low === null || low <= 0 ? [] : [Math.max(low, usd / 20)]),
    ...(high === null ? [] : [Math.min(high, usd * 20)]),
  ])
  const x = scaleLog([Math.min(...costs) / 1.2, Math.max(...costs) * 1.2], [LEFT, RIGHT])
  const marks = rows.map(({ entry, usd, low, high }, at) => {
    const y = top + at * height + height / 2
    const from = low === null ? null : x(Math.max(low, usd / 20))
    const to = high === null ? null : x(Math.min(high, usd * 20))
    const open = high === null && low !== null
    return titled(
      `${entry.contestant}: ${dollars(usd)} a solve, ${rangeText({ low, high }, dollars, '')}`,
      words(LEFT - 10, y, fitted(entry.contestant, LEFT - 20), { anchor: 'end' }),
      from === null ? '' : line([from, y, to ?? RIGHT, y], 'quiet', { 'stroke-width': 1.4 }),
      open
        ? element('path', { d: `M${RIGHT - 6} ${y - 4}l6 4l-6 4`, class: 's-quiet', fill: 'none' })
        : '',
      element('circle', { cx: x(usd), cy: y, r: 4.2, class: 'f-blue s-ground' }),
      words(RIGHT + 78, y, dollars(usd), { anchor: 'end', bold: true }),
    )
  })
  const grid = axisBelow({
    at: x,
    ticks: dollarTicks(x),
    text: dollars,
    from: top,
    to: bottom,
    title: 'dollars a solve',
  })
  return {
    width: RIGHT + 90,
    height: bottom + 42,
    markup: grid + marks.join(''),
    summary: `Costs of a solve of ${counted(rows.length, 'contestant')}, the cheapest first.`,
  }
}
