import type { Analysis, CellMatrix } from '../../analysis/analysis-document.ts'
import { type Drawing, type Figure, tableOf } from '../figure.ts'
import { counted, provenance, rateText } from '../phrases.ts'
import { box, element, fitted, line, textWidth, titled, words } from '../svg.ts'
import { inBoardOrder } from './board-order.ts'

const ID = 'seeds'
const MOST = { contestants: 8, tasks: 60, dots: 20 }
/** Below this a ring looks like a dot. */
const LEAST_STEP = 6.4
const WIDTH = 880
const ROW = 17
const GAP = 34

interface StripCell {
  readonly task: string
  readonly contestant: string
  readonly planned: number
  readonly valid: number
  readonly passed: number
  readonly score: number | null
  readonly scatter: number | null
}

/** Each trial of a task as a dot, so that one sees which tasks are won by luck. */
export function seedStrips(analysis: Analysis): Figure {
  const rows = inBoardOrder(analysis, analysis.cells?.rows ?? [])
  const names = analysis.cells?.tasks ?? []
  const shown = rows.slice(0, fitting(rows))
  const tasks = shownTasks(rows, names)
  const flat = names.flatMap((task, at) => rows.map((row) => cellAt(row, task, at)))
  const some = tasks.length < names.length || shown.length < rows.length
  return {
    id: ID,
    title: 'Seeds of each task',
    drawing:
      analysis.cells === null || tasks.length === 0 || shown.length === 0
        ? null
        : drawingOf(tasks.map((at) => shown.map((row) => cellAt(row, names[at] ?? '', at)))),
    caption: [
      `Filled dots: trials that passed; rings: trials that did not; crosses: trials without a score. With more than ${MOST.dots} trials a bar has their shares.`,
      'Line below: mean score of the cell (tick), and one standard deviation of single trials at both sides, from 0 to 100 %. The order of dots means nothing.',
      ...(some
        ? [
            `Of ${counted(names.length, 'task')} and ${counted(rows.length, 'contestant')}: the ${tasks.length} tasks whose trials scatter most, the ${shown.length} contestants with the highest pass rates.`,
          ]
        : ['Tasks from the easiest to the hardest.']),
      provenance(analysis),
    ],
    table: tableOf(flat, [
      { key: 'task', title: 'task', left: true, value: ({ task }) => task },
      { key: 'contestant', title: 'contestant', left: true, value: ({ contestant }) => contestant },
      { key: 'planned', title: 'planned', value: ({ planned }) => planned },
      { key: 'valid', title: 'valid', value: ({ valid }) => valid },
      { key: 'passed', title: 'passed', value: ({ passed }) => passed },
      {
        key: 'score',
        title: 'mean score',
        value: ({ score }) => score,
        text: ({ score }) => rateText(score),
      },
      {
        key: 'scatter',
        title: 'standard deviation',
        value: ({ scatter }) => scatter,
        text: ({ scatter }) => rateText(scatter),
      },
    ]),
  }
}

type MatrixRow = CellMatrix['rows'][number]

const cellAt = (row: MatrixRow, task: string, at: number): StripCell => ({
  task,
  contestant: row.contestant,
  planned: row.planned[at] ?? 0,
  valid: row.valid[at] ?? 0,
  passed: row.passed[at] ?? 0,
  score: row.score[at] ?? null,
  scatter: row.scatter[at] ?? null,
})

/** Contestants whose strips have room beside each other. */
function fitting(rows: readonly MatrixRow[]): number {
  const dots = Math.min(MOST.dots, mostOf(rows.flatMap(({ planned }) => planned)))
  return Math.min(MOST.contestants, Math.floor(WIDTH / (Math.max(34, dots * LEAST_STEP) + GAP)))
}

const mostOf = (values: readonly number[]): number =>
  values.reduce((most, value) => Math.max(most, value), 1)

/** Places of tasks: all by their difficulty, or of many those that scatter most. */
function shownTasks(rows: readonly MatrixRow[], names: readonly string[]): number[] {
  const meanOf = (values: readonly (number | null | undefined)[]) => {
    const known = values.filter((value) => value !== null && value !== undefined)
    return known.length === 0 ? -1 : known.reduce((sum, value) => sum + value, 0) / known.length
  }
  const facts = names.map((_, at) => ({
    at,
    ease: meanOf(rows.map(({ score }) => score[at])),
    scatter: meanOf(rows.map(({ scatter }) => scatter[at])),
  }))
  const kept =
    names.length <= MOST.tasks
      ? facts
      : facts.sort((a, b) => b.scatter - a.scatter || a.at - b.at).slice(0, MOST.tasks)
  return kept.sort((a, b) => b.ease - a.ease || a.at - b.at).map(({ at }) => at)
}

/** @param cells one row a task, one a contestant in it. */
function drawingOf(cells: readonly (readonly StripCell[])[]): Drawing {
  const all = cells.flat()
  const most = mostOf(all.map(({ planned }) => planned))
  const columns = cells[0]?.length ?? 0
  const dots = Math.min(most, MOST.dots)
  const step = Math.max(LEAST_STEP, Math.min(9, (WIDTH / columns - GAP) / dots))
  const strip = Math.max(34, dots * step)
  const left = Math.min(200, Math.max(...all.map(({ task }) => textWidth(task, 11)))) + 18
  const longest = Math.min(150, Math.max(...all.map(({ contestant }) => textWidth(contestant, 11))))
  const turned = longest > strip + GAP - 4
  const top = turned ? longest * 0.5 + 18 : 22
  const x = (at: number) => left + at * (strip + GAP)
  const heads = (cells[0] ?? []).map(({ contestant }, at) =>
    titled(
      contestant,
      words(
        x(at),
        top - 10,
        fitted(contestant, 150, 11),
        turned ? { size: 11, turn: -28 } : { size: 11 },
      ),
    ),
  )
  const rows = cells.flatMap((own, row) => {
    const y = top + row * ROW
    const name = own[0]?.task ?? ''
    return [
      row % 2 === 1 ? box([0, y, x(columns), ROW], 'band') : '',
      words(left - 8, y + ROW / 2, fitted(name, left - 16, 11), { anchor: 'end', size: 11 }),
      ...own.map((cell, at) =>
        titled(
          saidOf(cell),
          stripOf(cell, { x: x(at), y, strip, step }),
          countOf(cell, x(at) + strip, y),
        ),
      ),
    ]
  })
  return {
    width: Math.max(x(columns), x(columns - 1) + (turned ? longest * 0.9 : 0)) + 14,
    height: top + cells.length * ROW + 8,
    markup: [...heads, ...rows].join(''),
    summary: `Dots of single trials for ${cells.length} tasks and ${columns} contestants.`,
  }
}

const countOf = ({ valid, passed }: StripCell, x: number, y: number): string =>
  words(x + 3, y + 6, valid === 0 ? '–' : `${passed}/${valid}`, { size: 8, ink: 'quiet' })

interface StripPlace {
  readonly x: number
  readonly y: number
  readonly strip: number
  readonly step: number
}

function stripOf(cell: StripCell, { x, y, strip, step }: StripPlace): string {
  const { planned, valid, passed, score, scatter } = cell
  const middle = y + 6
  const radius = Math.min(3.2, step / 2 - 0.4)
  const marks =
    planned > MOST.dots
      ? [
          box([x, middle - 3, (strip * passed) / planned, 6], 'blue'),
          box(
            [x + (strip * passed) / planned, middle - 3, (strip * (valid - passed)) / planned, 6],
            'ground',
            { class: 'f-ground s-blue' },
          ),
          box(
            [x + (strip * valid) / planned, middle - 3, (strip * (planned - valid)) / planned, 6],
            'missing',
          ),
        ]
      : Array.from({ length: planned }, (_, at) => {
          const cx = x + (at + 0.5) * step
          if (at < passed) return element('circle', { cx, cy: middle, r: radius, class: 'f-blue' })
          if (at < valid) {
            return element('circle', { cx, cy: middle, r: radius - 0.4, class: 'f-ground s-blue' })
          }
          const arm = radius - 0.6
          return element('path', {
            d: `M${(cx - arm).toFixed(1)} ${(middle - arm).toFixed(1)}l${(2 * arm).toFixed(1)} ${(2 * arm).toFixed(1)}m0 ${(-2 * arm).toFixed(1)}l${(-2 * arm).toFixed(1)} ${(2 * arm).toFixed(1)}`,
            class: 's-red',
          })
        })
  if (score === null) return marks.join('')
  const at = (share: number) => x + Math.max(0, Math.min(1, share)) * strip
  const base = y + 13.5
  return [
    ...marks,
    line([x, base, x + strip, base], 'grid'),
    ...(scatter === null || scatter === 0
      ? []
      : [
          line([at(score - scatter), base, at(score + scatter), base], 'quiet', {
            'stroke-width': 1.6,
          }),
        ]),
    line([at(score), base - 2.5, at(score), base + 2.5], 'ink', { 'stroke-width': 1.6 }),
  ].join('')
}

const saidOf = ({ contestant, task, planned, valid, passed, score, scatter }: StripCell): string =>
  `${contestant}, ${task}: ${passed} of ${valid} passed, ${planned - valid} missing; mean score ${rateText(score)}, standard deviation ${rateText(scatter)}`
