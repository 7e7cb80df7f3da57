import { scaleLinear, scaleLog } from 'd3-scale'
import { line as pathOf } from 'd3-shape'
import type { Analysis, Outlook } from '../../analysis/analysis-document.ts'
import { percent } from '../../text/figures.ts'
import { axisBelow, axisLeft } from '../axis.ts'
import { type Drawing, type Figure, tableOf } from '../figure.ts'
import { counted, levelText, provenance } from '../phrases.ts'
import { element, line, titled, words } from '../svg.ts'
import type { Ink } from '../theme.ts'

const ID = 'outlook'
const AREA = { left: 70, right: 640, top: 16, bottom: 300 }
const INKS: readonly Ink[] = ['blue', 'red', 'green']
const DASHES = [undefined, '7 3', '2 3'] as const

/** How wide intervals would be with more seeds or more tasks, and what seeds cannot go below. */
export function outlookCurves(analysis: Analysis): Figure {
  const { outlook, method } = analysis
  const floors = new Map(outlook?.floors.map(({ tasks, half }) => [tasks, half]))
  return {
    id: ID,
    title: 'What more seeds or more tasks buy',
    drawing: outlook === null ? null : drawingOf(outlook),
    caption: [
      ...(outlook === null
        ? ['Variances within and between tasks are not known: some task needs two valid trials.']
        : [
            `Half the width of a ${levelText(method.level)} interval of the score over tasks like these, in points, by seeds and tasks, at variances that contestants have on the mean (${outlook.between.toFixed(4)} between tasks, ${outlook.within.toFixed(4)} within): Student’s t times the root of (between + within / seeds) / tasks.`,
            'Thin lines: what no number of seeds goes below. Tasks are taken as unrelated to each other.',
            outlook.tasks < 10
              ? `This board has ${counted(outlook.tasks, 'task')}, for which there is no interval: lines begin at ten.`
              : `The diamond: this board, ${counted(outlook.tasks, 'task')} with ${Number(outlook.seeds.toFixed(1))} valid trials each.`,
          ]),
      provenance(analysis),
    ],
    table: tableOf(outlook?.designs ?? [], [
      { key: 'tasks', title: 'tasks', value: ({ tasks }) => tasks },
      { key: 'seeds', title: 'seeds', value: ({ seeds }) => seeds },
      {
        key: 'half_width',
        title: 'half width, points',
        value: ({ half }) => half,
        text: ({ half }) => percent(half),
      },
      {
        key: 'floor',
        title: 'any seeds',
        value: ({ tasks }) => floors.get(tasks) ?? null,
        text: ({ tasks }) => percent(floors.get(tasks) ?? 0),
      },
    ]),
  }
}

function drawingOf({ designs, floors, tasks, seeds }: Outlook): Drawing {
  const { left, right, top, bottom } = AREA
  const most = Math.max(1e-3, ...designs.map(({ half }) => half))
  const ticksOfSeeds = [1, 2, 3, 5, 10, 20, 50]
  const x = scaleLog([1, 50], [left, right])
  const y = scaleLinear([0, most], [bottom, top]).nice()
  let last = bottom + 20
  // From the lowest line up, each at least a line of text above the one before.
  const labels = floors.toReversed().map(({ tasks: size, half }) => {
    const end = designs.findLast((design) => design.tasks === size)?.half ?? half
    last = Math.min(last - 15, y(end))
    return [size, last] as const
  })
  const places = new Map(labels)
  const lines = floors.map(({ tasks: size, half }, at) => {
    const ink = INKS[at] ?? 'quiet'
    const points = designs.filter((design) => design.tasks === size)
    const path = pathOf<(typeof points)[number]>(
      (point) => x(point.seeds),
      (point) => y(point.half),
    ).digits(1)
    return [
      line([left, y(half), right, y(half)], ink, { 'stroke-opacity': 0.5, 'stroke-width': 0.8 }),
      element('path', {
        d: path(points) ?? '',
        class: `s-${ink}`,
        fill: 'none',
        'stroke-width': 1.8,
        'stroke-dasharray': DASHES[at],
      }),
      ...points.map((point) =>
        titled(
          `${size} tasks, ${counted(point.seeds, 'seed')}: ±${percent(point.half)} points; any seeds: ±${percent(half)}`,
          element('circle', { cx: x(point.seeds), cy: y(point.half), r: 3, class: `f-${ink}` }),
        ),
      ),
      words(right + 10, places.get(size) ?? y(half), `${size} tasks; at best ±${percent(half)}`, {
        size: 11,
        ink,
      }),
    ].join('')
  })
  const own = floors[0]?.tasks === tasks ? halfAt(designs, tasks, seeds) : null
  const mark =
    own === null
      ? ''
      : titled(
          'this board',
          element('path', {
            d: `M${x(Math.max(1, Math.min(50, seeds))).toFixed(1)} ${(y(own) - 7).toFixed(1)}l7 7l-7 7l-7 -7z`,
            class: 'f-ground s-ink',
            'stroke-width': 1.8,
          }),
        )
  return {
    width: 830,
    height: bottom + 46,
    markup: [
      axisLeft({
        at: y,
        ticks: y.ticks(5),
        text: percent,
        from: left,
        to: right,
        title: '± points',
      }),
      axisBelow({
        at: x,
        ticks: ticksOfSeeds,
        text: String,
        from: top,
        to: bottom,
        title: 'seeds of each task',
      }),
      ...lines,
      mark,
    ].join(''),
    summary:
      'Curves of the half width of intervals that fall with seeds towards a floor, one for each number of tasks.',
  }
}

/** Between the seeds that the document has, on a line over 1 / seeds, as the squared width is. */
function halfAt(designs: Outlook['designs'], tasks: number, seeds: number): number | null {
  const own = designs.filter((design) => design.tasks === tasks)
  const above = own.find((design) => design.seeds >= seeds) ?? own.at(-1)
  const below = own.findLast((design) => design.seeds <= seeds) ?? own[0]
  if (above === undefined || below === undefined) return null
  if (above.seeds === below.seeds) return above.half
  const share = (1 / below.seeds - 1 / seeds) / (1 / below.seeds - 1 / above.seeds)
  return Math.sqrt(below.half ** 2 + share * (above.half ** 2 - below.half ** 2))
}
