import type { Drawing } from '../figure.ts'
import { palettePng } from '../palette-png.ts'
import { rateText } from '../phrases.ts'
import { box, element, fitted, line, titled, words } from '../svg.ts'
import { hex, type Rgb, viridis } from '../viridis.ts'
import { FEW, type GridCell, type TaskGrid } from './task-grid.ts'

const LEVELS = 64
const GREY = LEVELS + 1
/** Nothing, the levels, and the grey of what is missing. */
const PALETTE: readonly Rgb[] = [
  [0, 0, 0],
  ...Array.from({ length: LEVELS }, (_, level) => viridis(level / (LEVELS - 1))),
  [140, 145, 152],
]

const LEFT = 150
const MARGIN = 130

/**
 * The map as a picture where cells are too many for numbers: its size and the time to draw it
 * follow the number of pixels, not that of cells. Strips at the edges have the names.
 */
export function rasterMap(
  { contestants, tasks, contestantMeans }: TaskGrid,
  label: string,
): Drawing {
  const cell = {
    width: Math.max(3, Math.min(40, Math.floor(780 / contestants.length))),
    height: Math.max(2, Math.min(14, Math.floor(1_900 / tasks.length))),
  }
  const picture = drawn(tasks, contestants.length, cell)
  // Every name where there is room for it, else some of them.
  const step = Math.ceil(10 / cell.width)
  const top = 130
  const [right, bottom] = [LEFT + picture.width, top + picture.height]
  const x = (at: number) => LEFT + at * cell.width
  const markup = [
    legendOf(label),
    ...contestants.map((name, at) =>
      at % step === 0
        ? words(x(at) + cell.width / 2, top - 18, fitted(name, 90, 9), { size: 9, turn: -90 })
        : '',
    ),
    element('image', {
      x: LEFT,
      y: top,
      width: picture.width,
      height: picture.height,
      preserveAspectRatio: 'none',
      style: 'image-rendering:pixelated',
      href: `data:image/png;base64,${palettePng({ ...picture, palette: PALETTE }).toString('base64')}`,
    }),
    ...contestantMeans.map((mean, at) =>
      titled(
        `${contestants[at]}: ${rateText(mean)}`,
        edgeCell(mean, [x(at), top - 14, cell.width, 10]),
      ),
    ),
    ...zones({ contestants, tasks }, { cell, top }),
    words(LEFT - 8, top - 9, 'mean over tasks', { anchor: 'end', ink: 'quiet', size: 10 }),
    ...rowNames(tasks, cell.height, top),
    ...meansOf(tasks, { top, height: cell.height, from: right + 12 }),
  ]
  return {
    width: right + MARGIN + 16,
    height: bottom + 28,
    markup: markup.join(''),
    summary: `A map of ${tasks.length} tasks and ${contestants.length} contestants; its files have every cell.`,
  }
}

interface CellSize {
  readonly width: number
  readonly height: number
}

function drawn(tasks: TaskGrid['tasks'], contestants: number, cell: CellSize) {
  const width = contestants * cell.width
  const height = tasks.length * cell.height
  const pixels = new Uint8Array(width * height)
  for (const [row, { cells }] of tasks.entries()) {
    for (const [column, own] of cells.entries()) {
      for (let y = 0; y < cell.height; y++) {
        const from = (row * cell.height + y) * width + column * cell.width
        for (let x = 0; x < cell.width; x++) pixels[from + x] = pixelOf(own, cell, { x, y, row })
      }
    }
  }
  return { width, height, pixels }
}

function pixelOf(
  { mean, valid }: GridCell,
  { width, height }: CellSize,
  { x, y, row }: { readonly x: number; readonly y: number; readonly row: number },
): number {
  // Where there is room, a line of ground keeps cells apart.
  if (width >= 6 && x === width - 1) return 0
  if (height >= 5 && y === height - 1) return 0
  if (mean === null) return (Math.floor(x / 2) + row * height + y) % 2 === 0 ? GREY : 0
  if (valid < FEW && x >= width / 2) return 0
  return 1 + Math.round(mean * (LEVELS - 1))
}

/** Bands of tasks that the pointer can ask about, one contestant each. */
const BANDS = 20

/** Places that say what is below them: a picture has no titles of its own. */
function zones(
  { contestants, tasks }: Pick<TaskGrid, 'contestants' | 'tasks'>,
  { cell, top }: { readonly cell: CellSize; readonly top: number },
): string[] {
  const size = Math.ceil(tasks.length / BANDS)
  const bands = Array.from({ length: Math.ceil(tasks.length / size) }, (_, at) => at * size)
  return bands.flatMap((from) => {
    const own = tasks.slice(from, from + size)
    return contestants.map((contestant, column) => {
      const cells = own.flatMap(({ cells: all }) => all[column] ?? [])
      const sum = (of: (one: GridCell) => number) => cells.reduce((all, one) => all + of(one), 0)
      const counts = `${sum(({ passed }) => passed)}/${sum(({ valid }) => valid)} passed`
      return titled(
        `${contestant}, tasks ${from + 1} to ${from + own.length}: ${counts}`,
        element('rect', {
          x: LEFT + column * cell.width,
          y: top + from * cell.height,
          width: cell.width,
          height: own.length * cell.height,
          'fill-opacity': 0,
        }),
      )
    })
  })
}

function edgeCell(
  mean: number | null,
  [x, y, width, height]: readonly [number, number, number, number],
): string {
  const gap = width >= 6 ? 1 : 0
  if (mean === null) return box([x, y, width - gap, height], 'absent')
  return element('rect', { x, y, width: width - gap, height, fill: hex(viridis(mean)) })
}

/** Every task where there is room, else some, so that one can count. */
function rowNames(tasks: TaskGrid['tasks'], height: number, top: number): string[] {
  const step = height >= 10 ? 1 : Math.max(1, Math.ceil(36 / height))
  return tasks.flatMap(({ name }, row) => {
    if (row % step !== 0) return []
    const y = top + (row + 0.5) * height
    const text = step === 1 ? name : `${row + 1}. ${name}`
    return [
      titled(
        name,
        words(LEFT - 8, y, fitted(text, LEFT - 14, 9), { anchor: 'end', size: 9, ink: 'quiet' }),
      ),
      ...(step === 1 ? [] : [line([LEFT - 6, y, LEFT - 1, y], 'soft')]),
    ]
  })
}

/** Means of tasks as a line that falls from the easiest to the hardest. */
function meansOf(
  tasks: TaskGrid['tasks'],
  { top, height, from }: { readonly top: number; readonly height: number; readonly from: number },
): string[] {
  const at = (mean: number) => from + mean * MARGIN * 0.8
  const bottom = top + tasks.length * height
  const points = tasks.flatMap(({ mean }, row) => {
    if (mean === null) return []
    const x = at(mean).toFixed(1)
    return [`${x} ${top + row * height}`, `${x} ${top + (row + 1) * height}`]
  })
  return [
    ...[0, 0.5, 1].flatMap((share) => [
      line([at(share), top, at(share), bottom], 'grid'),
      words(at(share), bottom + 12, `${share * 100} %`, {
        anchor: 'middle',
        ink: 'quiet',
        size: 10,
      }),
    ]),
    points.length === 0
      ? ''
      : element('path', { d: `M${points.join('L')}`, class: 's-ink', fill: 'none' }),
    words(from, top - 9, 'mean over contestants', { ink: 'quiet', size: 10 }),
  ]
}

function legendOf(label: string): string {
  const steps = Array.from({ length: 40 }, (_, at) =>
    element('rect', { x: LEFT + at * 4, y: 6, width: 4, height: 10, fill: hex(viridis(at / 39)) }),
  )
  return [
    words(LEFT - 8, 11, label, { anchor: 'end', ink: 'quiet', size: 11 }),
    ...steps,
    words(LEFT + 168, 11, '0 to 100 %', { ink: 'quiet', size: 11 }),
  ].join('')
}
