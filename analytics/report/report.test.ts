import { beforeAll, describe, expect, test } from 'vitest'
import { BOARDS } from '../../test/support/odd-boards.ts'
import { type Analysis, analysisSchema } from '../analysis/analysis-document.ts'
import type { Figure } from './figure.ts'
import { csvFile, jsonFile } from './figure-files.ts'
import { reportFigures } from './report-figures.ts'
import { reportHead } from './report-head.ts'
import { reportPage } from './report-page.ts'

const pageOf = (analysis: Analysis, figures = reportFigures(analysis)): string =>
  reportPage(reportHead(analysis), figures, { files: true })

describe.for(Object.entries(BOARDS))('a report of %s', ([, made]) => {
  let analysis: Analysis
  let figures: Figure[]
  beforeAll(async () => {
    analysis = await made()
    figures = reportFigures(analysis)
  })

  test('comes from a document that holds its schema', () => {
    expect(analysisSchema.parse(JSON.parse(JSON.stringify(analysis)))).toEqual(analysis)
  })

  test('has a caption with its data, a table and numbers for every figure', () => {
    for (const figure of figures) {
      const { caption, table, drawing } = figure
      expect(caption.join(' ')).toContain(`Data ${analysis.dataVersion.slice(0, 12)}, method `)
      expect(caption.join(' ')).not.toMatch(/NaN|undefined|null|Infinity/)
      if (drawing !== null) expect(table.values.length).toBeGreaterThan(0)
      for (const cells of [...table.values, ...table.shown]) {
        expect(cells).toHaveLength(table.columns.length)
      }
      const read = JSON.parse(jsonFile(figure, analysis))
      expect(read).toMatchObject({ figure: figure.id, dataVersion: analysis.dataVersion })
      expect(read.rows).toHaveLength(table.values.length)
      expect(csvFile(figure, analysis).trim().split('\n').length).toBeGreaterThan(
        table.values.length,
      )
    }
  })

  test('has numbers alone where a drawing has its places', () => {
    for (const { drawing } of figures) {
      expect(drawing?.markup ?? '').not.toMatch(/="[^"]*(?:NaN|undefined|Infinity)/)
    }
  })

  test('asks for nothing outside of it, has no script, and names each id once', () => {
    const page = pageOf(analysis, figures)
    const markup = page.replaceAll(/<style>[\s\S]*?<\/style>/g, '')
    expect(markup).not.toMatch(/<(?:script|link|iframe|object|embed|img|base|form)\b/i)
    expect(page).not.toMatch(/url\((?!#[a-z-]+\))|@import|\bsrcset=/i)
    // Attributes that ask for something: places on the page, files beside it, pictures inside it.
    for (const [, target = ''] of markup.matchAll(/<[^>]*?\s(?:href|src)="([^"]*)"/g)) {
      expect(target).toMatch(
        /^(?:#[a-z-]+|figures\/[a-z-]+\.(?:svg|png|csv|json)|data:image\/png;base64,[\w+/=]+)$/,
      )
    }
    const ids = [...markup.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
    const named = new Set(ids)
    for (const [, id = ''] of page.matchAll(/url\(#([^)]+)\)/g)) expect(named).toContain(id)
  })
})

test('hostile names are shown as they are, and are markup nowhere', async () => {
  const page = pageOf((await BOARDS['names that are hostile']?.()) as Analysis)
  expect(page).toContain('&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;amp;')
  expect(page).not.toContain('<img')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  expect(page).not.toMatch(/[\u0000\u202e]/)
  expect(page.isWellFormed()).toBe(true)
})
