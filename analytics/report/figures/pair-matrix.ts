import type { Board, Pair } from '../../analysis/analysis-document.ts'
import { points, pText } from '../../text/figures.ts'
import { type Column, type Drawing, type Figure, tableOf } from '../figure.ts'
import { counted, levelText, type Provenance, provenance } from '../phrases.ts'
import { box, element, fitted, textWidth, titled, words } from '../svg.ts'

/** Contestants up to which a cell has room for its numbers. */
const READABLE = 12
/** Contestants that are drawn: twice as many have four times the cells. */
const MOST = 120

/** Differences of all pairs as a matrix, row less column; what is undecided has no colour. */
export function pairMatrix({ measure, label, entries, pairs }: Board, facts: Provenance): Figure {
  const shown = pairs ?? []
  const few = shown.every(({ p }) => p === null)
  const margin = shown[0]?.equivalence?.margin
  const decided = shown.filter(({ verdict }) => verdict !== 'undecided').length
  const order = entries.slice(0, MOST).map(({ contestant }) => contestant)
  const left = entries.length - order.length
  const readable = order.length <= READABLE || shown.length === order.length - 1
  return {
    id: `pairs-${measure}`,
    title: `Pairs: ${label}`,
    drawing: shown.length === 0 ? null : drawingOf(label, order, shown),
    caption: [
      ...(shown.length === 0
        ? ['There is no pair of contestants to compare.']
        : [
            `Each cell: row less column in ${label}, in points, a mean over the tasks that both have${readable ? `; below it the ${levelText(facts.method.level)} paired t interval of this pair by itself, over tasks like these, and the p-value, adjusted by Holm over ${counted(shown.length, 'pair')}` : `. Verdicts: paired t tests over tasks like these, adjusted by Holm over ${counted(shown.length, 'pair')}`}.`,
            `▲ and blue: the row is better; ▼ and orange: worse, at ${levelText(facts.method.level)}; without colour: undecided, whatever the sign.`,
            ...(margin === undefined
              ? []
              : [`≈: surely within ${points(margin)} points (two one-sided tests, Holm).`]),
            ...(few ? ['Fewer than ten tasks or families: no pair is tested.'] : []),
            ...(left > 0
              ? [`Drawn: the first ${MOST} contestants of the board; the table has all pairs.`]
              : []),
            `${decided.toLocaleString('en-US')} of ${counted(shown.length, 'pair')} decided.`,
          ]),
      provenance(facts),
    ],
    table: tableOf(shown, COLUMNS),
  }
}

function drawingOf(label: string, order: readonly string[], pairs: readonly Pair[]): Drawing {
  const cells = new Map<string, Pair>()
  const key = (row: string, column: string) => JSON.stringify([row, column])
  for (const pair of pairs) {
    cells.set(key(pair.first, pair.second), pair)
    cells.set(key(pair.second, pair.first), turned(pair))
  }
  const seconds = new Set(pairs.map(({ second }) => second))
  // Against a baseline there is one column, and a row for each of the others.
  const columns = seconds.size === 1 ? [...seconds] : order
  const rows = seconds.size === 1 ? order.filter((name) => !seconds.has(name)) : order
  const readable = columns.length <= READABLE
  const [width, height] = readable ? [78, 46] : [sizeOf(columns.length), sizeOf(columns.length)]
  const size = readable ? 12 : Math.min(11, Math.max(6, height - 1))
  const longest = Math.max(...order.map((name) => textWidth(name, size)))
  const labels = Math.min(190, longest) + 16
  const top = Math.min(150, (Math.min(190, longest) + 10) * (readable ? 0.62 : 1))
  const left = labels
  const markup = [
    ...columns.map((name, at) => {
      const x = left + at * width + width / 2
      const text = fitted(name, readable ? 190 : 140, size)
      return titled(
        name,
        words(x - (readable ? 8 : 0), top - 6, text, { size, turn: readable ? -35 : -90 }),
      )
    }),
    ...rows.flatMap((row, at) => {
      const y = top + at * height
      const name = fitted(row, labels - 14, size)
      return [
        words(left - 8, y + height / 2, name, { anchor: 'end', size }),
        ...columns.map((column, place) => {
          const x = left + place * width
          const pair = cells.get(key(row, column))
          if (pair === undefined) return row === column ? diagonal(x, y, [width, height]) : ''
          return cellOf(pair, [x, y, width, height], readable)
        }),
      ]
    }),
  ]
  const tail = readable ? 0.82 * Math.min(190, longest) : 10
  return {
    width: left + columns.length * width + Math.max(12, tail - width / 2),
    height: top + rows.length * height + 8,
    markup: markup.join(''),
    summary: `A matrix of ${rows.length} rows and ${columns.length} columns with the differences in ${label}.`,
  }
}

const sizeOf = (count: number): number => Math.max(8, Math.min(22, Math.floor(800 / count)))

const diagonal = (x: number, y: number, [width, height]: readonly [number, number]): string =>
  box([x, y, width - 1, height - 1], 'band')

function cellOf(
  pair: Pair,
  [x, y, width, height]: readonly [number, number, number, number],
  readable: boolean,
): string {
  const { verdict, difference, low, high } = pair
  const ink = verdict === 'better' ? 'blue' : verdict === 'worse' ? 'orange' : 'ground'
  if (!readable) return titled(said(pair), markOf(pair, [x, y, width, height]))
  const frame = box([x, y, width - 1, height - 1], ink, {
    ...(ink === 'ground' ? { class: 'f-ground s-grid' } : { 'fill-opacity': 0.38 }),
  })
  const middle = x + (width - 1) / 2
  const number = difference === null ? '–' : points(difference)
  const ends = low === null || high === null ? '' : `${points(low)} to ${points(high)}`
  return titled(
    said(pair),
    frame,
    words(middle, y + 11, `${number} ${MARKS[verdict]}`.trim(), {
      anchor: 'middle',
      ink: verdict === 'undecided' ? 'quiet' : 'ink',
      bold: verdict === 'better' || verdict === 'worse',
    }),
    words(middle, y + 24, ends, { anchor: 'middle', ink: 'quiet', size: 9 }),
    words(middle, y + 36, `p ${pText(pair.adjustedP)}`, {
      anchor: 'middle',
      ink: 'quiet',
      size: 9,
    }),
  )
}

/** Where there is no room for numbers: a triangle that points up or down, or an empty place. */
function markOf(
  { verdict }: Pair,
  [x, y, width, height]: readonly [number, number, number, number],
): string {
  const [right, bottom, middle] = [x + width - 1, y + height - 1, x + (width - 1) / 2]
  const place = [x, y, width - 1, height - 1] as const
  switch (verdict) {
    case 'better':
      return element('path', { d: `M${x} ${bottom}H${right}L${middle} ${y}z`, class: 'f-blue' })
    case 'worse':
      return element('path', { d: `M${x} ${y}H${right}L${middle} ${bottom}z`, class: 'f-orange' })
    case 'equivalent':
      return box([x, y + height / 2 - 1.5, width - 1, 2], 'quiet')
    case 'undecided':
      return box(place, 'ground', { class: 'f-ground s-grid' })
  }
}

const MARKS: Readonly<Record<Pair['verdict'], string>> = {
  better: '▲',
  worse: '▼',
  equivalent: '≈',
  undecided: '',
}

function turned(pair: Pair): Pair {
  const { first, second, difference, low, high, verdict } = pair
  const minus = (value: number | null) => (value === null ? null : -value)
  const other = verdict === 'better' ? 'worse' : verdict === 'worse' ? 'better' : verdict
  return {
    ...pair,
    first: second,
    second: first,
    difference: minus(difference),
    low: minus(high),
    high: minus(low),
    verdict: other,
  }
}

function said({ first, second, difference, low, high, adjustedP, tasks, verdict }: Pair): string {
  if (difference === null) return `${first} and ${second} share no task`
  const ends = low === null || high === null ? '' : `, ${points(low)} to ${points(high)}`
  const tested = `Holm p ${pText(adjustedP)}, ${counted(tasks, 'shared task')}`
  const found = verdict === 'better' || verdict === 'worse' ? `the first is ${verdict}` : verdict
  return `${first} less ${second}: ${points(difference)} points${ends}\n${tested}: ${found}`
}

const COLUMNS: readonly Column<Pair>[] = [
  { key: 'first', title: 'first', left: true, value: ({ first }) => first },
  { key: 'second', title: 'second', left: true, value: ({ second }) => second },
  pointsColumn('difference', 'points', ({ difference }) => difference),
  pointsColumn('low', 'from', ({ low }) => low),
  pointsColumn('high', 'to', ({ high }) => high),
  pColumn('p', 'p', ({ p }) => p),
  pColumn('holm_p', 'Holm p', ({ adjustedP }) => adjustedP),
  pColumn('sign_flip_p', 'signs p', ({ signFlip }) => signFlip?.p ?? null),
  pColumn('mcnemar_p', 'McNemar p', ({ mcnemar }) => mcnemar),
  { key: 'tasks', title: 'shared tasks', value: ({ tasks }) => tasks },
  { key: 'verdict', title: 'verdict', left: true, value: ({ verdict }) => verdict },
]

function pointsColumn(key: string, title: string, of: (pair: Pair) => number | null): Column<Pair> {
  return {
    key,
    title,
    value: of,
    text: (pair) => {
      const value = of(pair)
      return value === null ? '–' : points(value)
    },
  }
}

function pColumn(key: string, title: string, of: (pair: Pair) => number | null): Column<Pair> {
  return { key, title, value: of, text: (pair) => pText(of(pair)) }
}
