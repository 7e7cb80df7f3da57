import type { Analysis } from '../analysis/analysis-document.ts'
import { csvRow } from '../text/csv-text.ts'
import type { Drawing, Figure } from './figure.ts'
import { element, escaped, shown } from './svg.ts'
import { FONTS, fileColours } from './theme.ts'

/** A drawing for a page whose style has the colours. */
export function inlineSvg(
  { id, title }: Figure,
  { width, height, markup, summary }: Drawing,
): string {
  return element(
    'svg',
    {
      viewBox: `0 0 ${shown(width)} ${shown(height)}`,
      width,
      height,
      role: 'img',
      'aria-labelledby': `${id}-title ${id}-summary`,
    },
    element('title', { id: `${id}-title` }, escaped(title)),
    element('desc', { id: `${id}-summary` }, escaped(summary)),
    markup,
  )
}

/** A drawing as a file of its own. @param sides light alone for paper and for PNG. */
export function svgFile(
  { title }: Figure,
  { width, height, markup, summary }: Drawing,
  sides: 'light' | 'both' = 'both',
): string {
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${shown(width)} ${shown(height)}`,
      width,
      height,
      'font-family': FONTS,
    },
    element('title', {}, escaped(title)),
    element('desc', {}, escaped(summary)),
    element('style', {}, fileColours(sides)),
    element('rect', { width, height, class: 'f-ground' }),
    markup,
  )
}

type Method = Pick<Analysis, 'source' | 'dataVersion' | 'method'>

/** The numbers behind a figure, with where they come from and how they were made. */
export function jsonFile({ id, title, caption, table }: Figure, method: Method): string {
  const { source, dataVersion, method: made } = method
  const rows = table.values.map((cells) =>
    Object.fromEntries(table.columns.map(({ key }, at) => [key, cells[at] ?? null])),
  )
  const head = { figure: id, title, caption: caption.join(' '), source, dataVersion, method: made }
  return `${JSON.stringify({ ...head, rows })}\n`
}

/** The same rows; each says its data and method, so that files can be put together. */
export function csvFile({ table }: Figure, { dataVersion, method }: Method): string {
  const { version, level, seed, resamples } = method
  const made = [dataVersion.slice(0, 12), version, level, seed, resamples]
  const heads = ['data_version', 'method_version', 'level', 'seed', 'resamples']
  return [
    csvRow([...table.columns.map(({ key }) => key), ...heads]),
    ...table.values.map((cells) => csvRow([...cells, ...made])),
  ].join('')
}
