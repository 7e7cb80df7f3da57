import { scaleLinear } from 'd3-scale'
import type { Analysis, TaskHistogram } from '../../analysis/analysis-document.ts'
import { axisBelow, axisLeft, shareText } from '../axis.ts'
import { type Figure, tableOf } from '../figure.ts'
import { MOST_PANELS, type Place, panels, someOf } from '../panels.ts'
import { provenance, rateText } from '../phrases.ts'
import { box, element, titled, words } from '../svg.ts'
import { inBoardOrder } from './board-order.ts'

const ID = 'task-rates'

/** Pass rates of tasks beside those that luck alone would give if all were as hard as each other. */
export function rateHistograms(analysis: Analysis): Figure {
  const histograms = inBoardOrder(analysis, analysis.histograms)
  const shown = histograms.slice(0, MOST_PANELS)
  const most = Math.max(
    1,
    ...shown.flatMap(({ bins }) => bins.flatMap(({ tasks, expected }) => [tasks, expected])),
  )
  const { markup, width, height } = panels(shown, (item, place) => panelOf(item, place, most))
  const legend = 26
  const flat = histograms.flatMap(({ contestant, bins }) =>
    bins.map((bin) => ({ contestant, ...bin })),
  )
  return {
    id: ID,
    title: 'Pass rates of tasks against luck alone',
    drawing:
      shown.length === 0
        ? null
        : {
            width,
            height: height + legend,
            markup: legendLine() + element('g', { transform: `translate(0 ${legend})` }, markup),
            summary: `A histogram of the pass rates of tasks for each of ${shown.length} contestants.`,
          },
    caption: [
      shown.length === 0
        ? 'There is no valid trial.'
        : 'Bars: tasks by a contestant’s pass rate on them. Dots: how many there would be if all tasks were as hard as each other, so that only luck told them apart (binomial at the mean rate). Bars at both ends that rise above the dots are tasks that differ in difficulty.',
      ...(shown.some(({ bins }) => bins.length === 2)
        ? ['With one trial a task the two cannot differ: a second seed would tell.']
        : []),
      ...someOf(shown.length, histograms.length),
      provenance(analysis),
    ],
    table: tableOf(flat, [
      { key: 'contestant', title: 'contestant', left: true, value: ({ contestant }) => contestant },
      {
        key: 'rate',
        title: 'pass rate',
        value: ({ rate }) => rate,
        text: ({ rate }) => rateText(rate),
      },
      { key: 'tasks', title: 'tasks', value: ({ tasks }) => tasks },
      {
        key: 'expected',
        title: 'by luck alone',
        value: ({ expected }) => expected,
        text: ({ expected }) => expected.toFixed(1),
      },
    ]),
  }
}

function panelOf(
  { contestant, bins }: TaskHistogram,
  { x: left, y: top, width, height }: Place,
  most: number,
): string {
  const slot = width / bins.length
  const y = scaleLinear([0, most], [top + height, top])
  const x = (rate: number) => left + slot / 2 + rate * (width - slot)
  const pieces = bins.map(({ rate, tasks, expected }) => {
    const middle = x(rate)
    const bar = Math.max(1, Math.min(26, slot - 2))
    return titled(
      `${contestant}, ${rateText(rate)}: ${tasks} tasks, ${expected.toFixed(1)} by luck alone`,
      box([middle - bar / 2, y(tasks), bar, top + height - y(tasks)], 'blue', {
        'fill-opacity': 0.7,
      }),
      element('circle', {
        cx: middle,
        cy: y(expected),
        r: 2.4,
        class: 'f-ground s-red',
        'stroke-width': 1.4,
      }),
    )
  })
  const ticks = y.ticks(3).filter((tick) => Number.isInteger(tick))
  return [
    axisLeft({ at: y, ticks, text: String, from: left, to: left + width }),
    axisBelow({ at: x, ticks: [0, 0.5, 1], text: shareText, from: top + height, to: top + height }),
    ...pieces,
  ].join('')
}

const legendLine = (): string =>
  [
    box([10, 6, 22, 12], 'blue', { 'fill-opacity': 0.7 }),
    words(38, 12, 'tasks', { size: 11, ink: 'quiet' }),
    element('circle', { cx: 110, cy: 12, r: 2.8, class: 'f-ground s-red', 'stroke-width': 1.4 }),
    words(120, 12, 'if all tasks were as hard as each other', { size: 11, ink: 'quiet' }),
  ].join('')
