import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BOARDS, rows } from '../../test/support/odd-boards.ts'
import { analysisOf } from '../../test/support/synthetic-board.ts'
import type { Analysis } from '../analysis/analysis-document.ts'
import { svgFile } from './figure-files.ts'
import { pngOf } from './figure-png.ts'
import { reportFigures } from './report-figures.ts'
import { writeReport } from './write-report.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sbench-report-'))
})
afterAll(() => rm(folder, { recursive: true }))

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
