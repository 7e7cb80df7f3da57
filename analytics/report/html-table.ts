import type { BoardEntry, Slice } from '../analysis/analysis-document.ts'
import { type BoardTextOptions, boardColumns } from '../analysis/board-text.ts'
import type { FigureTable } from './figure.ts'
import { counted, rangeText, rateText } from './phrases.ts'
import { escaped } from './svg.ts'

/** Rows of a figure's table that the page has; its files have all. */
const MOST_ROWS = 500

/** Rows above which a table scrolls by itself, its heads staying in sight. */
const TALL = 30

interface Head {
  readonly title: string
  readonly left?: boolean | undefined
}

/** @param caption of the table; escaped here, as all cells are. */
export function htmlTable(
  heads: readonly Head[],
  rows: readonly (readonly string[])[],
  caption?: string,
): string {
  const side = (at: number) => (heads[at]?.left ? ' class="left"' : '')
  const said = caption === undefined ? '' : `<caption><span>${escaped(caption)}</span></caption>`
  const head = heads.map(({ title }, at) => `<th scope="col"${side(at)}>${escaped(title)}</th>`)
  const body = rows.map(
    (cells) =>
      `<tr>${cells.map((cell, at) => `<td${side(at)}>${escaped(cell)}</td>`).join('')}</tr>`,
  )
  return [
    `<div class="scroll${rows.length > TALL ? ' tall' : ''}" tabindex="0"><table>${said}<thead><tr>${head.join('')}</tr></thead><tbody>`,
    ...body,
    '</tbody></table></div>',
  ].join('\n')
}

/** A board as a table with the columns that it has in a terminal. */
export function boardTable(
  entries: readonly BoardEntry[],
  options: BoardTextOptions & { readonly caption: string },
): string {
  const columns = boardColumns(entries, options)
  const rows = entries.map((entry) => columns.map(({ of }) => of(entry)))
  return htmlTable(columns, rows, options.caption)
}

/** A board of few tasks, to be read as a hint. */
export function sliceTable({ by, value, measure, tasks, entries }: Slice): string {
  const rows = entries.map(({ contestant, mean, interval, valid }) => [
    contestant,
    rateText(mean),
    rangeText(interval),
    `${valid}`,
  ])
  const heads = [
    { title: 'contestant', left: true },
    { title: measure === 'pass' ? 'pass rate' : 'score' },
    { title: 'interval', left: true },
    { title: 'trials' },
  ]
  const of = measure === 'pass' ? 'pass rate' : 'score'
  const caption = `${by} ${value ?? '(none)'}, ${of}: ${counted(tasks, 'task')}, exploratory`
  return htmlTable(heads, rows, caption)
}

export function figureTable({ columns, shown, page }: FigureTable): string {
  const { heads, rows } = page ?? { heads: columns, rows: shown }
  const left = rows.length - MOST_ROWS
  const more =
    left > 0 ? `<p class="more">${counted(left, 'more row')}: the figure’s files have all.</p>` : ''
  return htmlTable(heads, rows.slice(0, MOST_ROWS)) + more
}
