import type { Analysis } from '../../analysis/analysis-document.ts'
import { percent } from '../../text/figures.ts'
import { type Drawing, type Figure, NOTHING, tableOf } from '../figure.ts'
import { counted, provenance, rateText } from '../phrases.ts'
import { box, element, fitted, textWidth, titled, words } from '../svg.ts'
import { hex, isLight, viridis } from '../viridis.ts'
import { rasterMap } from './heat-map-raster.ts'
import { FEW, type GridCell, type TaskGrid, taskGrid } from './task-grid.ts'

/** Sizes up to which each cell has its numbers in it. */
const READABLE = { contestants: 14, tasks: 150 }

/** Every contestant on every task, tasks by difficulty; what is missing looks like no colour. */
export function heatMap(analysis: Analysis, measure: 'pass' | 'score'): Figure {
  const grid = taskGrid(analysis, measure)
  const id = `tasks-${measure}`
  const label = measure === 'pass' ? 'pass rate' : 'score'
  const readable =
    grid !== null &&
    grid.contestants.length <= READABLE.contestants &&
    grid.tasks.length <= READABLE.tasks
  if (measure === 'score' && !hasPartialCredit(analysis)) {
    const same = 'No score is more than passed or failed: the map of pass rates says it all.'
    const caption = [same, provenance(analysis)]
    return { id, title: titleOf(label), drawing: null, caption, table: tableOf([], []) }
  }
  const inCell = measure === 'pass' ? 'passed of valid trials' : 'marks of valid trials'
  return {
    id,
    title: titleOf(label),
    drawing:
      grid === null ? null : readable ? drawingOf(grid, measure, id) : rasterMap(grid, label),
    caption: [
      `Colour: ${label} of a contestant on a task, from dark (0 %) to light (100 %)${readable ? `; in each cell, ${inCell}` : ''}. Tasks from the easiest to the hardest, contestants by their place on the pass/fail board.`,
      `${readable ? 'Small squares' : 'Half cells'}: fewer than ${FEW} valid trials. ${readable ? 'Hatched' : 'Chequered grey'}: none, which is missing and no zero.`,
      'At the edges: means over contestants and over tasks.',
      ...(grid === null
        ? []
        : [
            `${counted(grid.contestants.length, 'contestant')}, ${counted(grid.tasks.length, 'task')}.`,
          ]),
      provenance(analysis),
    ],
    table: grid === null ? tableOf([], []) : tableFor(grid, measure, readable),
  }
}

const titleOf = (label: string): string => `Tasks and contestants: ${label}`

/** Whether any score is more than passed or failed, so that a map of scores says more. */
const hasPartialCredit = ({ cells }: Analysis): boolean =>
  cells?.rows.some(({ score, passed, valid }) =>
    score.some((mean, task) => {
      const rate = (passed[task] ?? 0) / Math.max(1, valid[task] ?? 0)
      return mean !== null && Math.abs(mean - rate) > 1e-9
    }),
  ) ?? false

export const cellText = ({ valid, passed, mean }: GridCell, measure: 'pass' | 'score'): string => {
  if (valid === 0) return NOTHING
  if (measure === 'pass') return `${passed}/${valid}`
  return `${Number(((mean ?? 0) * valid).toFixed(valid < 5 ? 2 : 1))}/${valid}`
}

function drawingOf(grid: TaskGrid, measure: 'pass' | 'score', id: string): Drawing {
  const { contestants, tasks, contestantMeans } = grid
  const cellWidth = Math.max(
    44,
    ...tasks.flatMap(({ cells }) =>
      cells.map((cell) => textWidth(cellText(cell, measure), 10) + 12),
    ),
  )
  const height = 18
  const left = Math.min(230, Math.max(60, ...tasks.map(({ name }) => textWidth(name, 11)))) + 18
  const longest = Math.min(190, Math.max(...contestants.map((name) => textWidth(name, 11))))
  const top = longest * 0.62 + 22
  const x = (at: number) => left + at * cellWidth
  const y = (at: number) => top + at * height
  const right = x(contestants.length) + 10
  const bottom = y(tasks.length) + 8
  const edge = (mean: number | null, [atX, atY]: readonly [number, number]) =>
    words(atX, atY, mean === null ? '–' : percent(mean), {
      anchor: 'middle',
      size: 10,
      bold: true,
    })
  const markup = [
    hatchOf(id),
    ...contestants.map((name, at) =>
      titled(
        name,
        words(x(at) + cellWidth / 2 - 8, top - 8, fitted(name, 190, 11), { size: 11, turn: -35 }),
      ),
    ),
    words(right + 24, top - 10, 'mean, %', { anchor: 'middle', ink: 'quiet', size: 11 }),
    ...tasks.flatMap(({ name, mean, cells }, row) => [
      words(left - 8, y(row) + height / 2, fitted(name, left - 18, 11), {
        anchor: 'end',
        size: 11,
      }),
      ...cells.map((cell, at) =>
        titled(
          `${contestants[at]}, ${name}: ${saidOf(cell)}`,
          cellOf(cell, [x(at), y(row), cellWidth - 1, height - 1], { measure, id }),
        ),
      ),
      edge(mean, [right + 24, y(row) + height / 2]),
    ]),
    words(left - 8, bottom + 8, 'mean, %', { anchor: 'end', ink: 'quiet', size: 11 }),
    ...contestantMeans.map((mean, at) => edge(mean, [x(at) + cellWidth / 2, bottom + 8])),
  ]
  const tail = Math.max(52, 0.82 * longest - cellWidth / 2 + 12)
  return {
    width: Math.max(right + 52, x(contestants.length) + tail),
    height: bottom + 22,
    markup: markup.join(''),
    summary: `A map of ${tasks.length} tasks and ${contestants.length} contestants; the numbers are in its table.`,
  }
}

function cellOf(
  cell: GridCell,
  [x, y, width, height]: readonly [number, number, number, number],
  { measure, id }: { readonly measure: 'pass' | 'score'; readonly id: string },
): string {
  const { mean, valid } = cell
  const middle = [x + width / 2, y + height / 2] as const
  if (mean === null) {
    return [
      box([x, y, width, height], 'absent'),
      element('rect', { x, y, width, height, fill: `url(#${id}-none)` }),
    ].join('')
  }
  const colour = viridis(mean)
  const fill = hex(colour)
  const text = words(middle[0], middle[1], cellText(cell, measure), {
    anchor: 'middle',
    size: 10,
    ink: isLight(colour) ? 'black' : 'white',
  })
  const inset = valid < FEW ? 3.5 : 0
  const square = {
    x: x + inset,
    y: y + inset / 2,
    width: width - inset * 2,
    height: height - inset,
  }
  return element('rect', { ...square, fill, rx: inset > 0 ? 4 : undefined }) + text
}

const hatchOf = (id: string): string =>
  element(
    'defs',
    {},
    element(
      'pattern',
      {
        id: `${id}-none`,
        width: 5,
        height: 5,
        patternUnits: 'userSpaceOnUse',
        patternTransform: 'rotate(45)',
      },
      element('rect', { width: 1.5, height: 5, class: 'f-soft' }),
    ),
  )

const saidOf = ({ passed, valid, planned, mean }: GridCell): string =>
  valid === 0
    ? `no valid trial of ${planned}`
    : `${passed} of ${valid} passed, mean ${rateText(mean)}${valid < planned ? `, ${planned - valid} missing` : ''}`

/** On the page tasks x contestants where that can be read, else tasks alone; files have a row a cell. */
function tableFor(grid: TaskGrid, measure: 'pass' | 'score', readable: boolean) {
  const { contestants, tasks } = grid
  const flat = tasks.flatMap(({ name, cells }) =>
    cells.map((cell, at) => ({ task: name, contestant: contestants[at] ?? '', ...cell })),
  )
  const long = tableOf(flat, [
    { key: 'task', title: 'task', left: true, value: ({ task }) => task },
    { key: 'contestant', title: 'contestant', left: true, value: ({ contestant }) => contestant },
    { key: 'planned', title: 'planned', value: ({ planned }) => planned },
    { key: 'valid', title: 'valid', value: ({ valid }) => valid },
    { key: 'passed', title: 'passed', value: ({ passed }) => passed },
    { key: 'mean', title: 'mean', value: ({ mean }) => mean, text: ({ mean }) => rateText(mean) },
  ])
  return {
    ...long,
    page: {
      heads: [
        { title: 'task', left: true },
        { title: 'mean' },
        ...(readable ? contestants.map((title) => ({ title })) : []),
      ],
      rows: tasks.map(({ name, mean, cells }) => [
        name,
        rateText(mean),
        ...(readable ? cells.map((cell) => cellText(cell, measure)) : []),
      ]),
    },
  }
}
