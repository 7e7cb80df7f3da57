import { scaleLinear } from 'd3-scale'
import {
  type SymbolType,
  symbol,
  symbolCircle,
  symbolCross,
  symbolDiamond,
  symbolSquare,
  symbolTriangle,
  symbolWye,
} from 'd3-shape'
import type { Analysis, TaskHealth } from '../../analysis/analysis-document.ts'
import { duration } from '../../text/figures.ts'
import { axisBelow, axisLeft, SHARES, shareText } from '../axis.ts'
import { type Column, type Drawing, type Figure, tableOf } from '../figure.ts'
import { labelsOf } from '../labels.ts'
import { counted, dollars, provenance, rateText } from '../phrases.ts'
import { box, element, fitted, line, titled, words } from '../svg.ts'
import type { Ink } from '../theme.ts'

const ID = 'health'
const AREA = { left: 70, right: 640, top: 14, bottom: 330 }
/** Below the scatter: tasks of which no correlation is known. */
const SHELF = { top: 356, bottom: 396 }
const MOST_LABELS = 14

interface Look {
  readonly flag: string
  readonly ink: Ink
  readonly shape: SymbolType
}

/** The first that a task has decides how it looks. */
const LOOKS: readonly Look[] = [
  { flag: 'oracle-fails', ink: 'purple', shape: symbolSquare },
  { flag: 'nop-passes', ink: 'purple', shape: symbolDiamond },
  { flag: 'cheat-passes', ink: 'purple', shape: symbolWye },
  { flag: 'negative-discrimination', ink: 'red', shape: symbolCross },
  { flag: 'never-solved', ink: 'orange', shape: symbolTriangle },
  { flag: 'saturated', ink: 'green', shape: symbolSquare },
  { flag: 'missing', ink: 'yellow', shape: symbolDiamond },
]
const PLAIN: Look = { flag: 'no flag', ink: 'blue', shape: symbolCircle }

/** Tasks by how many solve them and how well they tell contestants apart, with what to look at. */
export function healthScatter(analysis: Analysis): Figure {
  const health = analysis.health.toSorted((a, b) => (a.solveRate ?? -1) - (b.solveRate ?? -1))
  const flagged = health.filter(({ flags }) => flags.length > 0).length
  const drawn = health.filter(({ solveRate }) => solveRate !== null)
  const unknown = drawn.filter(({ itemRest }) => itemRest === null).length
  return {
    id: ID,
    title: 'Task health',
    drawing: drawn.length === 0 ? null : drawingOf(drawn),
    caption: [
      'Across: mean over contestants of their pass rates on a task. Up: correlation of the task with the mean of all other tasks, over contestants that compete and have every task; a task below 0 favours the weaker.',
      `With ${counted(analysis.contestants, 'contestant')} a correlation has a standard error near ${(1 / Math.sqrt(Math.max(1, analysis.contestants - 1))).toFixed(1)}: a flag says what to look at, and is no verdict.`,
      ...(unknown > 0
        ? [
            `Below: ${counted(unknown, 'task')} without a correlation, since all contestants do alike on it or there are too few.`,
          ]
        : []),
      `${counted(flagged, 'task')} of ${health.length} with a flag.`,
      ...(drawn.length < health.length
        ? [
            `${counted(health.length - drawn.length, 'task')} without a valid trial: only in the table.`,
          ]
        : []),
      provenance(analysis),
    ],
    table: tableOf(health, COLUMNS),
  }
}

function drawingOf(tasks: readonly TaskHealth[]): Drawing {
  const { left, right, top, bottom } = AREA
  const x = scaleLinear([0, 1], [left, right])
  const y = scaleLinear([-1, 1], [bottom, top])
  const shelf = new Map<number, number>()
  const columnOf = (solveRate: number | null) => Math.round(x(solveRate ?? 0) / 7)
  for (const { itemRest, solveRate } of tasks) {
    if (itemRest !== null) continue
    shelf.set(columnOf(solveRate), (shelf.get(columnOf(solveRate)) ?? 0) + 1)
  }
  const highest = [...shelf.values()].reduce((most, count) => Math.max(most, count), 1)
  const step = Math.min(9, (SHELF.bottom - SHELF.top - 10) / highest)
  const placed = new Map<number, number>()
  const points = tasks.map((task) => {
    const look = LOOKS.find(({ flag }) => task.flags.some((own) => own.flag === flag)) ?? PLAIN
    const place = x(task.solveRate ?? 0)
    if (task.itemRest !== null) return { task, look, x: place, y: y(task.itemRest) }
    const column = columnOf(task.solveRate)
    const height = placed.get(column) ?? 0
    placed.set(column, height + 1)
    return { task, look, x: place, y: SHELF.bottom - 6 - height * step }
  })
  // What has a flag lies above what has none.
  const ordered = points.toSorted((a, b) => Number(b.look === PLAIN) - Number(a.look === PLAIN))
  const size = tasks.length > 200 ? 26 : 52
  const marks = ordered.map(({ task, look, x: cx, y: cy }) =>
    titled(
      saidOf(task),
      element('path', {
        d: symbol(look.shape, size).digits(1)() ?? '',
        transform: `translate(${cx.toFixed(1)} ${cy.toFixed(1)})`,
        class: `f-${look.ink} s-ground`,
        'stroke-width': 0.6,
        'fill-opacity': look === PLAIN ? 0.55 : 0.95,
      }),
    ),
  )
  let labelled = 0
  const names = labelsOf(
    ordered.toReversed().map(({ task, look, x: px, y: py }) => ({
      x: px,
      y: py,
      label: look !== PLAIN && labelled++ < MOST_LABELS ? fitted(task.task, 130, 11) : null,
    })),
    { left, top, right, bottom: SHELF.bottom },
  )
  const shelved = shelf.size > 0
  const floor = shelved ? SHELF.bottom : bottom
  const seen = [PLAIN, ...LOOKS].filter((look) => points.some((point) => point.look === look))
  return {
    width: 830,
    height: floor + 44,
    markup: [
      shelved ? box([left, SHELF.top, right - left, SHELF.bottom - SHELF.top], 'band') : '',
      axisLeft({
        at: y,
        ticks: [-1, -0.5, 0, 0.5, 1],
        text: String,
        from: left,
        to: right,
        title: 'item-rest correlation',
      }),
      axisBelow({
        at: x,
        ticks: SHARES,
        text: shareText,
        from: top,
        to: floor,
        title: 'solve rate',
      }),
      line([left, y(0), right, y(0)], 'soft'),
      shelved
        ? words(left - 6, (SHELF.top + SHELF.bottom) / 2, 'none', {
            anchor: 'end',
            ink: 'quiet',
            size: 11,
          })
        : '',
      ...marks,
      names,
      ...seen.flatMap(({ flag, ink, shape }, at) => {
        const count = points.filter(({ look }) => look.flag === flag).length
        const middle = top + 10 + at * 20
        return [
          element('path', {
            d: symbol(shape, 52).digits(1)() ?? '',
            transform: `translate(${right + 24} ${middle})`,
            class: `f-${ink}`,
          }),
          words(right + 36, middle, `${flag}: ${count}`, { size: 11 }),
        ]
      }),
    ].join(''),
    summary: `A scatter of ${tasks.length} tasks by solve rate and item-rest correlation.`,
  }
}

const saidOf = ({ task, solveRate, itemRest, flags }: TaskHealth): string =>
  [
    `${task}: solved ${rateText(solveRate)}, item-rest ${itemRest === null ? 'unknown' : itemRest.toFixed(2)}`,
    ...flags.map(({ flag, reason }) => `${flag}: ${reason}`),
  ].join('\n')

const COLUMNS: readonly Column<TaskHealth>[] = [
  { key: 'task', title: 'task', left: true, value: ({ task }) => task },
  {
    key: 'solve_rate',
    title: 'solved',
    value: ({ solveRate }) => solveRate,
    text: (row) => rateText(row.solveRate),
  },
  {
    key: 'never_solved_bound',
    title: 'at most',
    value: (row) => row.neverSolvedBound,
    text: (row) => rateText(row.neverSolvedBound),
  },
  {
    key: 'mean_score',
    title: 'score',
    value: ({ meanScore }) => meanScore,
    text: (row) => rateText(row.meanScore),
  },
  {
    key: 'item_rest',
    title: 'item-rest',
    value: ({ itemRest }) => itemRest,
    text: ({ itemRest }) => (itemRest === null ? '–' : itemRest.toFixed(2)),
  },
  {
    key: 'at_zero',
    title: 'never pass',
    value: ({ atZero }) => atZero,
    text: (row) => rateText(row.atZero),
  },
  {
    key: 'at_one',
    title: 'always pass',
    value: ({ atOne }) => atOne,
    text: (row) => rateText(row.atOne),
  },
  { key: 'valid', title: 'valid', value: ({ valid }) => valid },
  { key: 'planned', title: 'planned', value: ({ planned }) => planned },
  {
    key: 'median_wall_seconds',
    title: 'median',
    value: (row) => row.medianWallSeconds,
    text: ({ medianWallSeconds: wall }) => (wall === null ? '–' : duration(wall)),
  },
  {
    key: 'mean_cost_usd',
    title: 'cost',
    value: (row) => row.meanCostUsd,
    text: ({ meanCostUsd: usd }) => (usd === null ? '–' : dollars(usd)),
  },
  {
    key: 'flags',
    title: 'flags',
    left: true,
    value: ({ flags }) => flags.map(({ flag }) => flag).join(' '),
    text: ({ flags }) => flags.map(({ flag, reason }) => `${flag}: ${reason}`).join('; '),
  },
]
