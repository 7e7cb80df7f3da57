import { scaleLinear } from 'd3-scale'
import type { Board, BoardEntry, Pair } from '../../analysis/analysis-document.ts'
import { points, pText } from '../../text/figures.ts'
import { axisBelow, SHARES, shareText } from '../axis.ts'
import { type Column, type Drawing, type Figure, tableOf } from '../figure.ts'
import {
  intervalText,
  levelText,
  type Provenance,
  provenance,
  rangeText,
  rankText,
  rateText,
  sizeText,
} from '../phrases.ts'
import { box, element, fitted, line, textWidth, titled, words } from '../svg.ts'

export interface BarsInput {
  readonly board: Board
  readonly baseline?: string | undefined
  /** Means of a contestant's tasks, drawn where there are too few of them for an interval. */
  readonly taskMeans?: ReadonlyMap<string, readonly number[]>
}

const ROW = 24
const TOP = 30
const LEFT = 270
const RIGHT = 672

/** The means of a board as bars, with both intervals, rank sets and groups of statistical ties. */
export function boardBars(input: BarsInput, facts: Provenance): Figure {
  const { board } = input
  const { entries, measure, label } = board
  const ranked = entries.some(({ rankSet }) => rankSet !== null)
  const inner = entries.some(({ theseTasks }) => theseTasks !== null)
  const dots = input.taskMeans !== undefined && entries.every(({ interval }) => interval === null)
  return {
    id: `board-${measure}`,
    title: `Leaderboard: ${label}`,
    drawing: entries.length === 0 ? null : drawingOf(input),
    caption: [
      `Bars: ${label}, the mean over tasks of each task’s mean over its valid trials.`,
      intervalText(entries),
      ...(inner
        ? [
            `Thick inner whiskers: ${levelText(facts.method.level)} intervals on these tasks only (Student t within tasks), what a re-run would scatter by.`,
          ]
        : []),
      ...(dots ? ['Dots: the means of single tasks.'] : []),
      ...(ranked
        ? [
            'Ranks: those that a contestant may have at that level, by paired t tests on shared tasks, Holm over all pairs; contestants on one ground are not told apart from group to group.',
          ]
        : []),
      ...(entries.some(({ valid, planned }) => valid < planned)
        ? ['“!” marks missing trials, which are left out and never counted as zero.']
        : []),
      sizeText(board),
      provenance(facts),
    ],
    table: tableOf(entries, COLUMNS),
  }
}

function drawingOf({ board, baseline, taskMeans }: BarsInput): Drawing {
  const { entries, label, pairs } = board
  const x = scaleLinear([0, 1], [LEFT, RIGHT])
  const bottom = TOP + entries.length * ROW
  const ends = columnEnds(entries)
  const width = ends.tasks + 12
  const heads = [
    words(10, 14, 'ranks', { ink: 'quiet', size: 11 }),
    words(56, 14, 'contestant', { ink: 'quiet', size: 11 }),
    words(RIGHT + 64, 14, label, { anchor: 'end', ink: 'quiet', size: 11 }),
    words(ends.trials, 14, 'trials', { anchor: 'end', ink: 'quiet', size: 11 }),
    words(ends.tasks, 14, 'tasks', { anchor: 'end', ink: 'quiet', size: 11 }),
  ]
  const groups = tieGroups(entries)
  const rows = entries.map((entry, at) => {
    const middle = TOP + at * ROW + ROW / 2
    const ground = (groups[at] ?? 0) % 2 === 1 ? box([0, middle - ROW / 2, width, ROW], 'band') : ''
    const said = hoverText(entry, { above: entries[at - 1], baseline, pairs })
    return { ground, bar: titled(said, rowOf(entry, middle, { x, ...ends })), middle, entry }
  })
  const dots = rows.flatMap(({ entry, middle }) =>
    entry.interval === null ? taskDots(taskMeans?.get(entry.contestant) ?? [], middle, x) : [],
  )
  const axis = axisBelow({ at: x, ticks: SHARES, text: shareText, from: TOP, to: bottom })
  const [best] = entries
  return {
    width,
    height: bottom + 26,
    markup: [
      ...rows.map(({ ground }) => ground),
      axis,
      ...heads,
      ...rows.map(({ bar }) => bar),
      ...dots,
    ].join(''),
    summary: `Bars of ${label} for ${entries.length} contestants; the highest is ${best?.contestant} with ${rateText(best?.mean)}.`,
  }
}

interface ColumnEnds {
  readonly trials: number
  readonly tasks: number
}

const trialsText = ({ valid, planned }: BoardEntry): string =>
  `${valid}/${planned}${valid < planned ? ' !' : ''}`
const tasksText = ({ tasks, plannedTasks }: BoardEntry): string => `${tasks}/${plannedTasks}`

/** Where columns of numbers end: as wide as their longest. */
function columnEnds(entries: readonly BoardEntry[]): ColumnEnds {
  const widest = (of: (entry: BoardEntry) => string) =>
    Math.max(44, ...entries.map((entry) => 1.1 * textWidth(of(entry), 11)))
  const trials = RIGHT + 78 + widest(trialsText)
  return { trials, tasks: trials + 14 + widest(tasksText) }
}

function rowOf(
  entry: BoardEntry,
  y: number,
  { x, trials, tasks }: ColumnEnds & { readonly x: (value: number) => number },
): string {
  const { contestant, simulated, mean, interval, theseTasks, complete } = entry
  const name = simulated ? `${contestant} (simulated)` : contestant
  const gaps = entry.valid < entry.planned
  return [
    box([0, y - ROW / 2, tasks, ROW], 'ground', { 'fill-opacity': 0 }),
    words(10, y, rankText(entry), { ink: 'quiet' }),
    words(56, y, fitted(name, LEFT - 64)),
    ...(mean === null
      ? [words(LEFT + 6, y, 'no valid trial', { ink: 'quiet', size: 11 })]
      : [
          box([LEFT, y - 7, x(mean) - LEFT, 14], 'blue', {
            'fill-opacity': complete ? 0.75 : 0.3,
            ...(complete ? {} : { class: 'f-blue s-blue', 'stroke-dasharray': '3 2' }),
          }),
        ]),
    ...(interval === null ? [] : [whisker(interval, y, x)]),
    ...(theseTasks === null
      ? []
      : [
          line([x(theseTasks.low), y, x(theseTasks.high), y], 'ink', {
            'stroke-width': 5,
            'stroke-opacity': 0.45,
          }),
        ]),
    words(RIGHT + 64, y, rateText(mean), { anchor: 'end', bold: true }),
    words(trials, y, trialsText(entry), {
      anchor: 'end',
      ink: gaps ? 'red' : 'quiet',
      size: 11,
      bold: gaps,
    }),
    words(tasks, y, tasksText(entry), {
      anchor: 'end',
      ink: complete ? 'quiet' : 'red',
      size: 11,
      bold: !complete,
    }),
  ].join('')
}

export function whisker(
  { low, high }: { readonly low: number; readonly high: number },
  y: number,
  x: (value: number) => number,
): string {
  const [from, to] = [x(low), x(high)]
  return [
    line([from, y, to, y], 'ink'),
    line([from, y - 4, from, y + 4], 'ink'),
    line([to, y - 4, to, y + 4], 'ink'),
  ].join('')
}

/** Equal values lie above each other, as far as a row has room. */
function taskDots(means: readonly number[], y: number, x: (value: number) => number): string[] {
  const stacks = new Map<number, number>()
  return means.map((mean) => {
    const place = stacks.get(mean) ?? 0
    stacks.set(mean, place + 1)
    const offset = (place % 2 === 0 ? 1 : -1) * Math.ceil(place / 2) * 3
    const cy = y + Math.max(-9, Math.min(9, offset))
    return element('circle', { cx: x(mean), cy, r: 2.6, class: 'f-ground s-ink' })
  })
}

/**
 * Neighbours on a board that some chain of undecided pairs joins are one group: a new one begins
 * where all above are surely better than all below.
 */
export function tieGroups(entries: readonly BoardEntry[]): number[] {
  let group = 0
  let lowest = 0
  return entries.map(({ rankSet }, at) => {
    if (rankSet === null) return group
    if (at > 0 && lowest <= at && rankSet.low > at) group += 1
    lowest = Math.max(lowest, rankSet.high)
    return group
  })
}

function hoverText(
  entry: BoardEntry,
  {
    above,
    baseline,
    pairs,
  }: {
    readonly above: BoardEntry | undefined
    readonly baseline: string | undefined
    readonly pairs: readonly Pair[] | null
  },
): string {
  const { contestant, mean, interval, bounds, valid, planned } = entry
  const lines = [`${contestant}: ${rateText(mean)}, interval ${rangeText(interval)}`]
  if (entry.conservative !== null) {
    lines.push(`rough; Korn and Graubard’s interval ${rangeText(entry.conservative)}`)
  }
  if (valid < planned) lines.push(`if all missing trials failed or passed: ${rangeText(bounds)}`)
  for (const other of new Set([above?.contestant, baseline])) {
    const found = other === undefined ? undefined : differenceText(contestant, other, pairs ?? [])
    if (found !== undefined) lines.push(found)
  }
  return lines.join('\n')
}

function differenceText(
  contestant: string,
  other: string,
  pairs: readonly Pair[],
): string | undefined {
  for (const pair of pairs) {
    const turned = pair.first === other && pair.second === contestant
    if (!turned && !(pair.first === contestant && pair.second === other)) continue
    const { difference, low, high, adjustedP } = pair
    if (difference === null) return undefined
    const sign = turned ? -1 : 1
    const ends =
      low === null || high === null
        ? ''
        : ` (${points(sign * (turned ? high : low))} to ${points(sign * (turned ? low : high))})`
    return `less ${other}: ${points(sign * difference)} points${ends}, Holm p ${pText(adjustedP)}`
  }
  return undefined
}

const COLUMNS: readonly Column<BoardEntry>[] = [
  {
    key: 'contestant',
    title: 'contestant',
    left: true,
    value: ({ contestant }) => contestant,
    text: ({ contestant, simulated }) => (simulated ? `${contestant} (simulated)` : contestant),
  },
  { key: 'rank', title: 'rank', value: ({ rank }) => rank },
  { key: 'rank_low', title: 'ranks, from', value: ({ rankSet }) => rankSet?.low ?? null },
  { key: 'rank_high', title: 'to', value: ({ rankSet }) => rankSet?.high ?? null },
  { key: 'mean', title: 'mean', value: ({ mean }) => mean, text: ({ mean }) => rateText(mean) },
  ...endsColumns('interval', 'interval', ({ interval }) => interval),
  ...endsColumns('these_tasks', 'these tasks', ({ theseTasks }) => theseTasks),
  ...endsColumns('bound', 'bounds', ({ bounds }) => bounds),
  { key: 'tasks', title: 'tasks', value: ({ tasks }) => tasks },
  { key: 'valid', title: 'valid', value: ({ valid }) => valid },
  { key: 'planned', title: 'planned', value: ({ planned }) => planned },
]

function endsColumns(
  key: string,
  title: string,
  of: (entry: BoardEntry) => { readonly low: number; readonly high: number } | null,
): Column<BoardEntry>[] {
  return [
    {
      key: `${key}_low`,
      title: `${title}, from`,
      value: (entry) => of(entry)?.low ?? null,
      text: (entry) => rateText(of(entry)?.low),
    },
    {
      key: `${key}_high`,
      title: 'to',
      value: (entry) => of(entry)?.high ?? null,
      text: (entry) => rateText(of(entry)?.high),
    },
  ]
}
