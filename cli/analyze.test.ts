import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { analysisSchema } from '../analytics/analysis/analysis-document.ts'
import { typeLine } from './testing-shell.ts'

const FIXTURES = fileURLToPath(new URL('../test/fixtures/results', import.meta.url))
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sbench-analyze-'))
})
afterAll(() => rm(folder, { recursive: true }))

const analyze = (...line: string[]) => typeLine(['analyze', ...line], { folder: FIXTURES })

test('jobs of Harbor and logs of Inspect give the documented document, and tables for people', async () => {
  for (const paths of [['harbor-jobs'], ['inspect-alpha.eval', 'inspect-beta.eval']]) {
    const { exitCode, stdout } = await analyze(...paths, '--json', '--margin', '5')
    expect(exitCode).toBe(0)
    const { source, boards } = analysisSchema.parse(JSON.parse(stdout))
    expect(source.names).toEqual(paths)
    expect(boards.every(({ pairs }) => pairs?.length === 1)).toBe(true)
    expect(boards[0]?.pairs?.[0]?.equivalence?.margin).toBe(0.05)
    const text = await analyze(...paths)
    expect(text.stdout).toContain('Differences in pass rate, in points')
    expect(text.stdout).toContain('no interval below 10 tasks')
  }
})

test('--report writes a page with its figures beside it, and --json says what was written', async () => {
  const out = join(folder, 'report')
  const { exitCode, stdout } = await analyze('harbor-jobs', '--report', out)
  expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/index\.html: \d+ figures, \d+ kB/)])
  const page = await readFile(join(out, 'index.html'), 'utf8')
  expect(page).toContain('<h1>Report: harbor-jobs</h1>')
  const json = await analyze('harbor-jobs', '--report', out, '--json')
  const { figures } = JSON.parse(json.stdout)
  const files = await readdir(join(out, 'figures'))
  for (const { id, drawn } of figures) {
    const kinds = drawn ? ['csv', 'json', 'png', 'svg'] : ['csv', 'json']
    expect(files.filter((file) => file.split('.')[0] === id).sort()).toEqual(
      kinds.map((kind) => `${id}.${kind}`),
    )
  }
  const document = await readFile(join(out, 'analysis.json'), 'utf8')
  expect(analysisSchema.parse(JSON.parse(document)).cells?.rows).toHaveLength(2)
})

test('a wrong row ends with exit code 2 and its place, also as JSON', async () => {
  const path = join(folder, 'rows.csv')
  await writeFile(path, 'contestant,task,seed,score\na,t,1,NaN\n')
  const { exitCode, stderr } = await analyze(path)
  expect(exitCode).toBe(2)
  expect(stderr).toContain('rows.csv line 2, score = "NaN": write a number from 0 to 1')
  const json = await analyze(path, '--json')
  expect(JSON.parse(json.stdout).error.code).toBe('input.invalid')
})

test('a baseline must be a contestant, and stands second in every pair', async () => {
  const logs = ['inspect-alpha.eval', 'inspect-beta.eval']
  const wrong = await analyze(...logs, '--baseline', 'mockllm/alph')
  expect([wrong.exitCode, wrong.stderr]).toEqual([
    2,
    expect.stringContaining('Is it mockllm/alpha?'),
  ])
  const { stdout } = await analyze(...logs, '--baseline', 'mockllm/alpha', '--json')
  const { boards } = analysisSchema.parse(JSON.parse(stdout))
  expect(boards[0]?.pairs).toEqual([
    expect.objectContaining({ first: 'mockllm/beta', second: 'mockllm/alpha' }),
  ])
})
