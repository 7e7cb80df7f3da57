import { scaleLinear, scaleLog } from 'd3-scale'
import type { Analysis, BoardEntry } from '../../analysis/analysis-document.ts'
import { axisBelow, axisLeft, shareText } from '../axis.ts'
import { type Drawing, type Figure, tableOf } from '../figure.ts'
import { labelsOf } from '../labels.ts'
import { counted, dollars, levelText, provenance, rangeText, rateText } from '../phrases.ts'
import { element, fitted, line, titled, words } from '../svg.ts'
import { dollarTicks } from './dollar-ticks.ts'

const ID = 'cost'
const AREA = { left: 70, right: 620, top: 16, bottom: 330 }
const MOST_LABELS = 24
const MOST_APART = 14

interface Priced {
  readonly entry: BoardEntry
  readonly mean: number
  readonly usd: number
}

/** Scores over what a trial costs, with the contestants that no other beats in both. */
export function costScatter(analysis: Analysis): Figure {
  const board = analysis.boards.find(({ measure }) => measure === 'score')
  const entries = board?.entries ?? []
  const frontier = new Set(board?.frontier)
  const priced = entries.flatMap((entry): Priced[] => {
    const { mean, costPerTrial } = entry
    if (mean === null || costPerTrial === null || costPerTrial.usd <= 0) return []
    return [{ entry, mean, usd: costPerTrial.usd }]
  })
  const apart = entries.filter((entry) => !priced.some((point) => point.entry === entry))
  return {
    id: ID,
    title: 'Cost against score',
    drawing: priced.length === 0 ? null : drawingOf(priced, { frontier, apart }),
    caption: [
      ...(priced.length === 0
        ? [
            'Of no contestant is the cost of all valid trials known and above 0: there is nothing to draw.',
          ]
        : [
            `Across: dollars a valid trial, the mean over tasks of each task’s mean, on a logarithmic axis; up: the score. Whiskers: ${levelText(analysis.method.level)} intervals over tasks like these (Student t over task means), none below ten tasks.`,
            'Steps and filled points: contestants that no other beats in both. Costs are those that results state, those of all attempts of a trial where a sweep has them; trials without a score are left out.',
          ]),
      ...(apart.length > 0
        ? ['Listed apart: contestants of unknown cost, without any, or without a valid trial.']
        : []),
      provenance(analysis),
    ],
    table: tableOf(entries, [
      { key: 'contestant', title: 'contestant', left: true, value: ({ contestant }) => contestant },
      {
        key: 'score',
        title: 'score',
        value: ({ mean }) => mean,
        text: ({ mean }) => rateText(mean),
      },
      {
        key: 'cost_usd',
        title: 'dollars a trial',
        value: ({ costPerTrial }) => costPerTrial?.usd ?? null,
        text: (entry) => costText(entry),
      },
      {
        key: 'cost_low_usd',
        title: 'interval',
        value: ({ costPerTrial }) => costPerTrial?.low ?? null,
        text: ({ costPerTrial }) => rangeText(costPerTrial, dollars, ''),
      },
      {
        key: 'cost_high_usd',
        title: 'to',
        value: ({ costPerTrial }) => costPerTrial?.high ?? null,
        text: ({ costPerTrial }) =>
          costPerTrial === null || costPerTrial.high === null ? '–' : dollars(costPerTrial.high),
      },
      {
        key: 'unknown_costs',
        title: 'trials of unknown cost',
        value: ({ unknownCosts }) => unknownCosts,
      },
      {
        key: 'on_frontier',
        title: 'not beaten',
        value: ({ contestant }) => frontier.has(contestant),
        text: ({ contestant }) => (frontier.has(contestant) ? 'yes' : 'no'),
      },
    ]),
  }
}

/** Why a contestant has no place on an axis of dollars, or what it costs. */
export function costText({ costPerTrial, unknownCosts, valid }: BoardEntry): string {
  if (costPerTrial !== null) return dollars(costPerTrial.usd)
  if (valid === 0) return 'no valid trial'
  return unknownCosts > 0 ? 'unknown' : 'none: no model'
}

function drawingOf(
  priced: readonly Priced[],
  {
    frontier,
    apart,
  }: { readonly frontier: ReadonlySet<string>; readonly apart: readonly BoardEntry[] },
): Drawing {
  const { left, right, top, bottom } = AREA
  const costs = priced.flatMap(({ usd, entry: { costPerTrial: cost } }) => [
    usd,
    ...(cost?.low ? [Math.max(cost.low, usd / 10)] : []),
    ...(cost?.high ? [cost.high] : []),
  ])
  const means = priced.flatMap(({ mean, entry: { interval } }) => [
    mean,
    ...(interval === null ? [] : [interval.low, interval.high]),
  ])
  const x = scaleLog([Math.min(...costs) / 1.25, Math.max(...costs) * 1.25], [left, right])
  const [low, high] = [Math.min(...means), Math.max(...means)]
  const y = scaleLinear([Math.max(0, low - 0.02), Math.min(1, high + 0.02)], [bottom, top]).nice(5)
  const faint = priced.length > 20
  const best = priced
    .filter(({ entry }) => frontier.has(entry.contestant))
    .toSorted((a, b) => a.usd - b.usd)
  const steps = best.map(({ usd, mean }, at) =>
    at === 0
      ? `M${x(usd).toFixed(1)} ${y(mean).toFixed(1)}`
      : `H${x(usd).toFixed(1)}V${y(mean).toFixed(1)}`,
  )
  const points = priced.map(({ entry, usd, mean }) => {
    const { contestant, interval, costPerTrial } = entry
    const on = frontier.has(contestant)
    const light = { 'stroke-opacity': faint && !on ? 0.25 : 0.7 }
    return titled(
      `${contestant}: ${rateText(mean)} (${rangeText(interval)}) at ${dollars(usd)} a trial (${rangeText(costPerTrial, dollars, '')})`,
      interval === null
        ? ''
        : line([x(usd), y(interval.low), x(usd), y(interval.high)], 'quiet', light),
      costPerTrial === null || costPerTrial.low === null || costPerTrial.high === null
        ? ''
        : line(
            [x(Math.max(costPerTrial.low, usd / 10)), y(mean), x(costPerTrial.high), y(mean)],
            'quiet',
            light,
          ),
      element('circle', {
        cx: x(usd),
        cy: y(mean),
        r: 4.5,
        class: on ? 'f-blue s-ground' : 'f-ground s-blue',
        'stroke-width': 1.4,
      }),
    )
  })
  const order = priced.toSorted(
    (a, b) => Number(frontier.has(b.entry.contestant)) - Number(frontier.has(a.entry.contestant)),
  )
  const names = labelsOf(
    order.map(({ entry, usd, mean }, at) => ({
      x: x(usd),
      y: y(mean),
      label: at < MOST_LABELS ? fitted(entry.contestant, 150, 11) : null,
    })),
    { left, top: top - 8, right: right + 6, bottom },
  )
  return {
    width: 830,
    height: bottom + 44,
    markup: [
      axisLeft({
        at: y,
        ticks: y.ticks(6),
        text: shareText,
        from: left,
        to: right,
        title: 'score',
      }),
      axisBelow({
        at: x,
        ticks: dollarTicks(x),
        text: dollars,
        from: top,
        to: bottom,
        title: 'dollars a trial',
      }),
      element('path', {
        d: `${steps.join('')}H${right}`,
        class: 's-blue',
        fill: 'none',
        'stroke-width': 1.4,
        'stroke-dasharray': '5 3',
      }),
      ...points,
      names,
      ...listApart(apart, right + 24, top),
    ].join(''),
    summary: `A scatter of ${counted(priced.length, 'contestant')} by cost and score; ${best.length} of them are not beaten in both.`,
  }
}

function listApart(entries: readonly BoardEntry[], x: number, y: number): string[] {
  if (entries.length === 0) return []
  const more = entries.length - MOST_APART
  return [
    words(x, y, 'without a place:', { ink: 'quiet', size: 11 }),
    ...entries.slice(0, MOST_APART).flatMap((entry, at) => [
      words(x, y + 20 + at * 30, fitted(entry.contestant, 180, 11), { size: 11 }),
      words(x, y + 33 + at * 30, `${rateText(entry.mean)}, cost ${costText(entry)}`, {
        size: 10,
        ink: 'quiet',
      }),
    ]),
    ...(more > 0 ? [words(x, y + 24 + MOST_APART * 30, `and ${more} more`, { size: 11 })] : []),
  ].slice(0, 2 * 10 + 2)
}
