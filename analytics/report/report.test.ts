import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { analysisOf, syntheticRows } from '../../test/support/synthetic-board.ts'
import { type Analysis, analysisSchema } from '../analysis/analysis-document.ts'
import { runAnalysis } from '../analysis/run-analysis.ts'
import { readResults } from '../results/read-results.ts'
import type { RawRow } from '../results/trial-row.ts'
import type { Figure } from './figure.ts'
import { csvFile, jsonFile, svgFile } from './figure-files.ts'
import { pngOf } from './figure-png.ts'
import { reportFigures } from './report-figures.ts'
import { reportHead } from './report-head.ts'
import { reportPage } from './report-page.ts'
import { writeReport } from './write-report.ts'

const FIXTURES = fileURLToPath(new URL('../../test/fixtures/results', import.meta.url))
const HOSTILE = `<img src=x onerror="alert('1')">&amp;]]>\u0000\u202e\ud800 ${'x'.repeat(400)}`

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sbench-report-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function fixture(...names: string[]): Promise<Analysis> {
  const paths = names.map((name) => join(FIXTURES, name))
  const { results, kinds, rows, notes } = await readResults(paths)
  const source = { kinds, names, rows, notes }
  return runAnalysis(results, source, { resamples: 200, pairs: true, cells: true })
}

const rows = (size: Parameters<typeof syntheticRows>[0]) => [...syntheticRows(size)]
const hostile = (name: unknown): string => `${HOSTILE} ${name}`

const lost = ({ contestant, task, seed, category }: RawRow): RawRow => ({
  contestant,
  task,
  seed,
  category,
  outcome: 'infra-failed',
})

const BOARDS: Readonly<Record<string, () => Promise<Analysis>>> = {
  'jobs of Harbor': () => fixture('harbor-jobs'),
  'logs of Inspect': () => fixture('inspect-alpha.eval', 'inspect-beta.eval'),
  'one task, one seed, one contestant': () =>
    analysisOf([{ contestant: 'a', task: 't', seed: 1, score: 1 }]),
  'one seed': () => analysisOf(rows({ contestants: 3, tasks: 10, seeds: 1 })),
  'a small sweep': () => analysisOf(rows({ contestants: 4, tasks: 12, seeds: 5 })),
  'many contestants and tasks': () => analysisOf(rows({ contestants: 30, tasks: 160, seeds: 2 })),
  'no costs': () =>
    analysisOf(rows({ contestants: 3, tasks: 12, seeds: 3 }).map(({ costUsd: _, ...row }) => row)),
  'no valid trial': () => analysisOf(rows({ contestants: 2, tasks: 3, seeds: 2 }).map(lost)),
  'a contestant without a valid trial': () =>
    analysisOf(
      rows({ contestants: 3, tasks: 12, seeds: 3 }).map((row) =>
        row.contestant === 'lab/model-01' ? lost(row) : row,
      ),
    ),
  'nothing ever passed': () =>
    analysisOf(
      rows({ contestants: 3, tasks: 12, seeds: 3 }).map(({ contestant, task, seed }) => ({
        contestant,
        task,
        seed,
        score: 0,
        costUsd: 0,
      })),
    ),
  'names that are hostile': () =>
    analysisOf(
      rows({ contestants: 3, tasks: 12, seeds: 2 }).map((row) => ({
        ...row,
        contestant: hostile(row.contestant),
        task: hostile(row.task),
        category: HOSTILE,
      })),
    ),
}

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

test.for(['names that are hostile', 'one task, one seed, one contestant', 'a small sweep'])(
  'every drawing of %s is what a strict renderer takes',
  async (name) => {
    const analysis = (await BOARDS[name]?.()) as Analysis
    for (const figure of reportFigures(analysis)) {
      const { drawing } = figure
      if (drawing === null) continue
      const png = await pngOf(svgFile(figure, drawing, 'light'), drawing)
      expect([...png.subarray(0, 4)]).toEqual([0x89, 0x50, 0x4e, 0x47])
    }
  },
)

test('hostile names are shown as they are, and are markup nowhere', async () => {
  const page = pageOf((await BOARDS['names that are hostile']?.()) as Analysis)
  expect(page).toContain('&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;amp;')
  expect(page).not.toContain('<img')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  expect(page).not.toMatch(/[\u0000\u202e]/)
  expect(page.isWellFormed()).toBe(true)
})

test('the same rows in another order give the same bytes of every file', async () => {
  const made = rows({ contestants: 4, tasks: 12, seeds: 3 })
  const [first, second] = [join(folder, 'first'), join(folder, 'second')]
  await writeReport(await analysisOf(made), first)
  await writeReport(await analysisOf(made.toReversed(), { workers: 2 }), second)
  const files = (await readdir(first, { recursive: true })).filter((name) => name.includes('.'))
  expect(files.length).toBeGreaterThan(50)
  for (const file of files) {
    const [one, other] = [await readFile(join(first, file)), await readFile(join(second, file))]
    expect(one.equals(other), file).toBe(true)
  }
})

test('a report over an earlier one replaces its files, and removes what is no longer drawn', async () => {
  const place = join(folder, 'again')
  await writeReport(await analysisOf(rows({ contestants: 3, tasks: 10, seeds: 2 })), place)
  await writeFile(join(place, 'notes.txt'), 'mine')
  expect(await readdir(join(place, 'figures'))).toContain('pass-k.svg')
  const once = await analysisOf(rows({ contestants: 3, tasks: 10, seeds: 1 }))
  const { figures } = await writeReport(once, place)
  expect(figures.find(({ id }) => id === 'pass-k')?.drawn).toBe(false)
  const left = await readdir(join(place, 'figures'))
  expect(left).toContain('pass-k.csv')
  expect(left).not.toContain('pass-k.svg')
  expect(left).not.toContain('pass-k.png')
  expect(await readFile(join(place, 'notes.txt'), 'utf8')).toBe('mine')
  expect(JSON.parse(await readFile(join(place, 'analysis.json'), 'utf8'))).toEqual(once)
})

test('a folder that cannot be one is refused with its name', async () => {
  const file = join(folder, 'file')
  await writeFile(file, '')
  const analysis = await analysisOf([{ contestant: 'a', task: 't', seed: 1, score: 1 }])
  await expect(writeReport(analysis, file)).rejects.toMatchObject({
    code: 'input.invalid',
    message: expect.stringContaining(file),
  })
})
