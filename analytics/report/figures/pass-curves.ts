import { scaleLinear, scaleLog } from 'd3-scale'
import { area, line as pathOf } from 'd3-shape'
import type { Analysis, Curves } from '../../analysis/analysis-document.ts'
import { axisBelow, axisLeft, shareText } from '../axis.ts'
import { type Figure, tableOf } from '../figure.ts'
import { MOST_PANELS, type Place, panels, someOf } from '../panels.ts'
import { levelText, provenance, rangeText, rateText } from '../phrases.ts'
import { element, line, titled, words } from '../svg.ts'
import type { Ink } from '../theme.ts'
import { inBoardOrder } from './board-order.ts'

type Point = Curves['passAtK'][number]

const ID = 'pass-k'

/** pass@k and pass^k of each contestant over k: the gap between them is how much runs differ. */
export function passCurvesFigure(analysis: Analysis): Figure {
  const curves = inBoardOrder(analysis, analysis.curves)
  const most = curves.reduce((longest, { passAtK }) => Math.max(longest, passAtK.length), 0)
  const shown = curves.filter(({ passAtK }) => passAtK.length > 0).slice(0, MOST_PANELS)
  const flat = curves.flatMap(({ contestant, passAtK, passHatK }) =>
    passAtK.flatMap((point, at) => {
      const other = passHatK[at]
      return other === undefined ? [] : [{ contestant, k: point.k, at: point, hat: other }]
    }),
  )
  const { markup, width, height } = panels(shown, (curve, place) => panelOf(curve, place, most))
  const legend = 26
  return {
    id: ID,
    title: 'pass@k and pass^k',
    drawing:
      most < 2
        ? null
        : {
            width,
            height: height + legend,
            markup: legendLine() + element('g', { transform: `translate(0 ${legend})` }, markup),
            summary: `Two curves over k for each of ${shown.length} contestants, from k = 1 to ${most} at most.`,
          },
    caption: [
      ...(most < 2
        ? [
            'There is no curve: each contestant has a task with one valid trial at most, and nothing is extrapolated.',
          ]
        : [
            'pass@k: the chance that at least one of k trials passes; pass^k: that all of them do. Both without bias, means over tasks, to the smallest number of valid trials that a task has. At k = 1 both are the pass rate.',
            `Ribbons: ${levelText(analysis.method.level)} intervals over tasks like these (Student t over tasks); none below ten tasks. Hollow: a task has fewer than 2k valid trials.`,
            ...someOf(shown.length, curves.length),
          ]),
      provenance(analysis),
    ],
    table: tableOf(flat, [
      { key: 'contestant', title: 'contestant', left: true, value: ({ contestant }) => contestant },
      { key: 'k', title: 'k', value: ({ k }) => k },
      {
        key: 'pass_at_k',
        title: 'pass@k',
        value: ({ at }) => at.estimate,
        text: ({ at }) => rateText(at.estimate),
      },
      {
        key: 'pass_at_k_low',
        title: 'interval',
        value: ({ at }) => at.interval?.low ?? null,
        text: ({ at }) => rangeText(at.interval),
      },
      {
        key: 'pass_at_k_high',
        title: 'to',
        value: ({ at }) => at.interval?.high ?? null,
        text: ({ at }) => rateText(at.interval?.high),
      },
      {
        key: 'pass_hat_k',
        title: 'pass^k',
        value: ({ hat }) => hat.estimate,
        text: ({ hat }) => rateText(hat.estimate),
      },
      {
        key: 'pass_hat_k_low',
        title: 'interval',
        value: ({ hat }) => hat.interval?.low ?? null,
        text: ({ hat }) => rangeText(hat.interval),
      },
      {
        key: 'pass_hat_k_high',
        title: 'to',
        value: ({ hat }) => hat.interval?.high ?? null,
        text: ({ hat }) => rateText(hat.interval?.high),
      },
      {
        key: 'thin',
        title: 'below 2k trials',
        value: ({ at }) => at.thin,
        text: ({ at }) => (at.thin ? 'yes' : 'no'),
      },
    ]),
  }
}

function panelOf(
  { contestant, passAtK, passHatK }: Curves,
  { x: left, y: top, width, height }: Place,
  most: number,
): string {
  const k = (most > 12 ? scaleLog : scaleLinear)([1, most], [left, left + width])
  const y = scaleLinear([0, 1], [top + height, top])
  const ticks = most > 12 ? [1, 2, 5, 10, 20, 50, 100].filter((tick) => tick <= most) : steps(most)
  return [
    axisLeft({ at: y, ticks: [0, 0.5, 1], text: shareText, from: left, to: left + width }),
    axisBelow({ at: k, ticks, text: String, from: top, to: top + height }),
    curveOf(passAtK, { ink: 'blue', dashed: false, k, y, said: `${contestant}, pass@` }),
    curveOf(passHatK, { ink: 'red', dashed: true, k, y, said: `${contestant}, pass^` }),
  ].join('')
}

const steps = (most: number): number[] => {
  const step = Math.max(1, Math.ceil(most / 6))
  return Array.from({ length: Math.floor((most - 1) / step) + 1 }, (_, at) => 1 + at * step)
}

function curveOf(
  points: readonly Point[],
  {
    ink,
    dashed,
    k,
    y,
    said,
  }: {
    readonly ink: Ink
    readonly dashed: boolean
    readonly k: (value: number) => number
    readonly y: (value: number) => number
    readonly said: string
  },
): string {
  const ribbon = area<Point>(
    (point) => k(point.k),
    (point) => y(point.interval?.low ?? point.estimate),
    (point) => y(point.interval?.high ?? point.estimate),
  )
    .defined(({ interval }) => interval !== null)
    .digits(1)
  const path = pathOf<Point>(
    (point) => k(point.k),
    (point) => y(point.estimate),
  ).digits(1)
  const marks = points.map((point) => {
    const [cx, cy] = [k(point.k), y(point.estimate)]
    const look = point.thin ? `f-ground s-${ink}` : `f-${ink}`
    return titled(
      `${said}${point.k}: ${rateText(point.estimate)}, ${rangeText(point.interval)}`,
      dashed
        ? element('rect', { x: cx - 2.5, y: cy - 2.5, width: 5, height: 5, class: look })
        : element('circle', { cx, cy, r: 2.8, class: look }),
    )
  })
  return [
    element('path', { d: ribbon([...points]) ?? '', class: `f-${ink}`, 'fill-opacity': 0.18 }),
    element('path', {
      d: path([...points]) ?? '',
      class: `s-${ink}`,
      fill: 'none',
      'stroke-width': 1.6,
      'stroke-dasharray': dashed ? '4 3' : undefined,
    }),
    ...marks,
  ].join('')
}

const legendLine = (): string =>
  [
    line([10, 12, 34, 12], 'blue', { 'stroke-width': 1.6 }),
    element('circle', { cx: 22, cy: 12, r: 2.8, class: 'f-blue' }),
    words(40, 12, 'pass@k: one of k passes', { size: 11, ink: 'quiet' }),
    line([230, 12, 254, 12], 'red', { 'stroke-width': 1.6, 'stroke-dasharray': '4 3' }),
    element('rect', { x: 239.5, y: 9.5, width: 5, height: 5, class: 'f-red' }),
    words(260, 12, 'pass^k: all of k pass', { size: 11, ink: 'quiet' }),
  ].join('')
