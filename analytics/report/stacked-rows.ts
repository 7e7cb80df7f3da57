import { axisBelow, SHARES, shareText } from './axis.ts'
import type { Drawing } from './figure.ts'
import { box, element, fitted, textWidth, titled, words } from './svg.ts'
import type { Ink } from './theme.ts'

/** A kind of segment: how it looks, and the letter that stands in it so that colour is not needed. */
export interface Segment {
  readonly key: string
  readonly label: string
  readonly ink: Ink
  readonly hatched?: true
}

export interface StackedRow {
  readonly name: string
  /** Widths in the order of the segments, fractions of the axis. */
  readonly shares: readonly number[]
  /** Of each segment, when the pointer rests on it. */
  readonly said: readonly string[]
  /** At the right, one a column. */
  readonly numbers: readonly string[]
  /** Drawn over the bar. */
  readonly whisker?: { readonly low: number; readonly high: number } | null
}

export interface StackedOptions {
  readonly id: string
  readonly summary: string
  /** Titles of the numbers at the right. */
  readonly heads: readonly string[]
  /** Said in place of a bar where a row has no shares. */
  readonly empty: string
}

const WIDTH = 900
const LEFT = 210
const NUMBER = 74

/** Bars of segments that add up, one row a contestant, with a legend above. */
export function stackedRows(
  segments: readonly Segment[],
  rows: readonly StackedRow[],
  { id, summary, heads, empty }: StackedOptions,
): Drawing {
  const height = rows.length > 40 ? 16 : 22
  const right = WIDTH - 12 - heads.length * NUMBER
  const legend = legendOf(segments, id, WIDTH)
  const top = legend.height + (heads.length > 0 ? 22 : 10)
  const bottom = top + rows.length * height
  const x = (share: number) => LEFT + share * (right - LEFT)
  const column = (at: number) => right + 12 + (at + 1) * NUMBER - 8
  const markup = [
    hatch(id),
    legend.markup,
    ...heads.map((head, at) =>
      words(column(at), top - 10, head, { anchor: 'end', ink: 'quiet', size: 11 }),
    ),
    axisBelow({ at: x, ticks: SHARES, text: shareText, from: top, to: bottom }),
    ...rows.map((row, at) => {
      const middle = top + at * height + height / 2
      return [
        words(LEFT - 8, middle, fitted(row.name, LEFT - 16), { anchor: 'end' }),
        row.shares.length === 0
          ? words(LEFT + 6, middle, empty, { ink: 'quiet', size: 11 })
          : barOf(segments, row, { id, x, middle, height: height - 4 }),
        ...row.numbers.map((number, place) =>
          words(column(place), middle, number, { anchor: 'end', ink: 'quiet', size: 11 }),
        ),
      ].join('')
    }),
  ]
  return { width: WIDTH, height: bottom + 26, markup: markup.join(''), summary }
}

interface BarPlace {
  readonly id: string
  readonly x: (share: number) => number
  readonly middle: number
  readonly height: number
}

function barOf(
  segments: readonly Segment[],
  { shares, said, whisker }: StackedRow,
  { id, x, middle, height }: BarPlace,
): string {
  let from = 0
  const pieces = segments.map((segment, at) => {
    const share = shares[at] ?? 0
    const [start, end] = [x(from), x(from + share)]
    from += share
    if (share <= 0) return ''
    const width = end - start
    const crossed = whisker !== undefined && whisker !== null && end > x(whisker.low)
    const letter =
      width > textWidth(segment.key, 10) + 6 && !crossed
        ? words((start + end) / 2, middle, segment.key, {
            anchor: 'middle',
            size: 10,
            ink: onInk(segment.ink),
          })
        : ''
    const place = [start, middle - height / 2, width, height] as const
    const gap = width > 3 ? 0.8 : 0
    return titled(
      said[at] ?? segment.label,
      box([place[0], place[1], place[2] - gap, place[3]], segment.ink),
      segment.hatched
        ? element('rect', {
            x: place[0],
            y: place[1],
            width: Math.max(0, place[2] - gap),
            height,
            fill: `url(#${id}-hatch)`,
          })
        : '',
      letter,
    )
  })
  const ends =
    whisker === undefined || whisker === null
      ? ''
      : element('path', {
          d: whiskerPath(x(whisker.low), x(whisker.high), middle),
          class: 's-ink',
          fill: 'none',
          'stroke-width': 1.2,
        })
  return pieces.join('') + ends
}

const whiskerPath = (low: number, high: number, y: number): string =>
  [
    `M${low.toFixed(2)} ${(y - 4).toFixed(2)}v8`,
    `M${low.toFixed(2)} ${y.toFixed(2)}H${high.toFixed(2)}`,
    `M${high.toFixed(2)} ${(y - 4).toFixed(2)}v8`,
  ].join('')

/** Letters on dark inks are light, and dark on light ones; greys have the ink of the theme. */
function onInk(ink: Ink): Ink {
  if (ink === 'missing' || ink === 'absent') return 'ink'
  return ink === 'blue' || ink === 'purple' || ink === 'quiet' ? 'ground' : 'black'
}

/** A pattern that is laid over a colour; its id is the figure's own. */
export const hatch = (id: string): string =>
  element(
    'defs',
    {},
    element(
      'pattern',
      {
        id: `${id}-hatch`,
        width: 6,
        height: 6,
        patternUnits: 'userSpaceOnUse',
        patternTransform: 'rotate(45)',
      },
      element('rect', { width: 2, height: 6, class: 'f-ground', 'fill-opacity': 0.55 }),
    ),
  )

/** Swatches with letters and words, as many lines as they need. */
export function legendOf(
  segments: readonly Segment[],
  id: string,
  width: number,
): { readonly markup: string; readonly height: number } {
  let [x, y] = [10, 12]
  const pieces = segments.map(({ key, label, ink, hatched }) => {
    const room = 30 + textWidth(label, 11) + 16
    if (x + room > width) [x, y] = [10, y + 20]
    const at = x
    x += room
    return [
      box([at, y - 7, 22, 14], ink),
      hatched
        ? element('rect', { x: at, y: y - 7, width: 22, height: 14, fill: `url(#${id}-hatch)` })
        : '',
      words(at + 11, y, key, { anchor: 'middle', size: 10, ink: onInk(ink) }),
      words(at + 28, y, label, { size: 11, ink: 'quiet' }),
    ].join('')
  })
  return { markup: pieces.join(''), height: y + 12 }
}
