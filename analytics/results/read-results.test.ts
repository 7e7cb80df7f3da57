import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cellsOf, meansOf } from '../statistics/score-table.ts'
import { macroMean } from '../statistics/task-cell.ts'
import { readResults } from './read-results.ts'
import { dataVersion, type Results } from './results.ts'

const FIXTURES = fileURLToPath(new URL('../../test/fixtures/results', import.meta.url))
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sbench-results-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function file(name: string, text: string | Buffer): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

const ROWS = [
  { contestant: 'b', task: 't2', seed: 1, score: 0.25, costUsd: 0.5, family: 'f' },
  { contestant: 'a', task: 't1', seed: 1, score: 1, category: 'x', family: 'f' },
  { contestant: 'a', task: 't2', seed: 'x', outcome: 'infra-failed', family: 'f' },
  { contestant: 'a', task: 't2', seed: 2, pass: false, outcome: 'agent-timeout', family: 'f' },
  { contestant: 'b', task: 't1', seed: 1, score: 0.5, category: 'x', family: 'f' },
]
const ndjson = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')
const read = async (name: string, text: string) =>
  (await readResults([await file(name, text)])).results
const refused = (name: string, text: string): Promise<string> =>
  read(name, text).then(
    () => 'it was taken',
    (error: Error) => error.message,
  )
const meanOf = ({ scores }: Results, contestant: number) => macroMean(cellsOf(scores, contestant))

test('rows become cells by name, families become clusters, and a failure of the farm is missing', async () => {
  const { contestants, tasks, scores, passes, missing, costUsd, knownCosts } = await read(
    'rows.ndjson',
    ndjson(ROWS),
  )
  expect(contestants.map(({ name }) => name)).toEqual(['a', 'b'])
  expect(tasks.map(({ name }) => name)).toEqual(['t1', 't2'])
  expect([...scores.clusters]).toEqual([0, 0])
  expect([...scores.n]).toEqual([1, 1, 1, 1])
  expect([...meansOf(scores)]).toEqual([1, 0, 0.5, 0.25])
  expect([...meansOf(passes)]).toEqual([1, 0, 0, 0])
  expect([...missing.infraFailed]).toEqual([0, 1, 0, 0])
  expect([...scores.missing]).toEqual([0, 1, 0, 0])
  expect([...costUsd, ...knownCosts]).toEqual([0, 0, 0, 0.5, 0, 0, 0, 1])
})

test('the order of rows and how they are written change no byte of the data’s version', async () => {
  const csv = [
    'seed,task,contestant,score,pass,outcome,cost_usd,family,category',
    '1,t1,b,0.5,,,,f,x',
    '2,t2,a,,false,agent-timeout,,f,',
    'x,t2,a,,,infra-failed,,f,',
    '"1","t1",a,1,TRUE,,,f,x',
    '1,t2,b,.25,,scored,0.5,f,',
  ].join('\r\n')
  const versions = await Promise.all([
    read('there.ndjson', ndjson(ROWS)),
    read('back.jsonl', ndjson(ROWS.toReversed())),
    read('rows.csv', csv),
  ])
  expect(new Set(versions.map(dataVersion)).size).toBe(1)
  const other = await read('other.ndjson', ndjson(ROWS.slice(1)))
  expect(dataVersion(other)).not.toBe(versions.map(dataVersion)[0])
})

test('scores that are none, and rows that are none, are named by line and column, all at once', async () => {
  const message = await refused(
    'bad.ndjson',
    [
      '{"contestant":"a","task":"t","seed":1,"score":NaN}',
      '{"contestant":"a","task":"t","seed":2,"score":1.2}',
      '',
      '{"contestant":"a","task":"","seed":3,"score":"high","pass":"maybe"}',
      '[1]',
      '{"contestant":"a","task":"t","seed":4,"outcome":"scored"}',
      '{"contestant":"a","task":"t","seed":5,"outcome":"infra-failed","score":0}',
      '{"contestant":"a","task":"t","seed":6,"outcome":"infra-faild"}',
      '{"contestant":"a","task":"t","seed":7,"score":0.5,"dimensions":{"quality":-1}}',
    ].join('\n'),
  )
  expect(message).toContain('bad.ndjson line 1 = "{\\"contestant\\"')
  expect(message).toContain('bad.ndjson line 2, score = 1.2: write a number from 0 to 1')
  expect(message).toContain('bad.ndjson line 4, task = "": every row needs one')
  expect(message).toContain('bad.ndjson line 4, score = "high"')
  expect(message).toContain('bad.ndjson line 4, pass = "maybe"')
  expect(message).toContain('bad.ndjson line 5')
  expect(message).toContain('line 6, score: a trial that ended as scored needs a score')
  expect(message).toContain('line 7, outcome = "infra-failed"')
  expect(message).toContain('such as infra-failed')
  expect(message).toContain('line 9, dimensions.quality = -1')
})

test('two rows of one trial, and two versions of one task, are refused with both places', async () => {
  const row = { contestant: 'a', task: 't', seed: 1, score: 1 }
  expect(await refused('twice.ndjson', ndjson([row, row]))).toContain(
    'line 2, seed = "1": the same contestant, task and seed as twice.ndjson line 1',
  )
  const versions = [
    { ...row, taskVersion: 'sha256:aa' },
    { ...row, seed: 2, taskVersion: 'sha256:bb' },
  ]
  expect(await refused('versions.ndjson', ndjson(versions))).toContain(
    'line 2, taskVersion = "sha256:bb": task t is sha256:aa at versions.ndjson line 1',
  )
})

test('a CSV with other columns says which are there and which it needs', async () => {
  const message = await refused('wrong.csv', 'model,tasks,seed,reward\nx,t,1,0.5\n')
  expect(message).toContain('contestant: there is no such column')
  expect(message).toContain('task: there is no such column; is it tasks?')
  expect(message).toContain('score: there is no column score or pass')
  expect(message).toContain('model, tasks, seed, reward')
  expect(await refused('short.csv', 'contestant,task,seed,score\na,t,1\n')).toContain(
    'short.csv line 2, columns = 3: the first line names 4 columns',
  )
})

test('cells in quotes may hold commas, quotes and line ends', async () => {
  const { contestants, tasks } = await read(
    'quotes.csv',
    '\ufeffcontestant,task,seed,score\n"a, the ""first""","two\nlines",1,1\n\nb,"",2,0.5\n'.replace(
      'b,""',
      'b,u',
    ),
  )
  expect(contestants.map(({ name }) => name)).toEqual(['a, the "first"', 'b'])
  expect(tasks.map(({ name }) => name)).toEqual(['two\nlines', 'u'])
})

test('columns that nothing reads are noted, and an empty file is refused', async () => {
  const path = await file('more.ndjson', ndjson([{ ...ROWS[0], host: 'n1', note: '' }]))
  expect((await readResults([path])).notes).toEqual(['Columns that nothing reads: host, note.'])
  expect(await refused('empty.ndjson', '\n')).toContain('there are no trials in it')
})

test('what `sbench export` writes is read back', async () => {
  const exported = {
    sweep_id: 's',
    trial_id: '00',
    contestant: 'oracle',
    task: 't',
    seed: 1,
    outcome: 'scored',
    pass: true,
    score_micros: 750_000,
    cost_micros: 120_000,
    wall_ms: 1_500,
    category: '',
    family: '',
  }
  const { scores, passes, costUsd, contestants } = await read('export.ndjson', ndjson([exported]))
  expect([meansOf(scores)[0], meansOf(passes)[0], costUsd[0]]).toEqual([0.75, 1, 0.12])
  expect(contestants[0]?.medianWallSeconds).toBe(1.5)
})

test('Harbor’s jobs: rewards are scores, a verifier that timed out leaves a trial missing', async () => {
  const { results, kinds, rows } = await readResults([join(FIXTURES, 'harbor-jobs')])
  expect([kinds, rows]).toEqual([['harbor'], 24])
  expect(results.contestants.map(({ name }) => name)).toEqual(['nop', 'oracle'])
  expect(results.tasks.map(({ name }) => name)).toEqual([
    'flaky',
    'partial-credit',
    'solve-easy',
    'verifier-timeout',
  ])
  expect([...results.scores.n]).toEqual([3, 3, 3, 0, 3, 3, 3, 0])
  expect([...results.missing.ungraded]).toEqual([0, 0, 0, 3, 0, 0, 0, 3])
  const oracle = meansOf(results.scores).subarray(4)
  expect(oracle[0]).toBeCloseTo(2 / 3, 12)
  expect(oracle[1]).toBeCloseTo(1.75 / 3, 5)
  expect(oracle[2]).toBe(1)
  expect([...results.dimensions.keys()]).toEqual(['correctness', 'deployment', 'quality'])
  expect(results.tasks[0]?.version).toMatch(/^[0-9a-f]{64}$/)
})

test('Inspect’s logs: means are those that Inspect prints, the sample with an error is missing', async () => {
  const paths = ['inspect-alpha.eval', 'inspect-beta.eval'].map((name) => join(FIXTURES, name))
  const { results } = await readResults(paths)
  expect(results.contestants.map(({ name }) => name)).toEqual(['mockllm/alpha', 'mockllm/beta'])
  expect(meanOf(results, 0)).toBeCloseTo(0.574, 3)
  expect(meanOf(results, 1)).toBeCloseTo(0.426, 3)
  expect(macroMean(cellsOf(results.passes, 0))).toBeCloseTo(0.3333, 4)
  expect(macroMean(cellsOf(results.passes, 1))).toBeCloseTo(0.1667, 4)
  expect(results.missing.infraFailed.reduce((sum, count) => sum + count, 0)).toBe(2)
  expect([...results.dimensions.keys()]).toEqual(['partial', 'passed'])
  const passed = await readResults(paths, { score: 'passed' })
  expect(meanOf(passed.results, 0)).toBeCloseTo(0.3333, 4)
})

test('a folder of logs and jobs is read as if each had been named', async () => {
  const both = await readResults([FIXTURES])
  const logs = ['inspect-alpha.eval', 'inspect-beta.eval'].map((name) => join(FIXTURES, name))
  const each = await readResults([join(FIXTURES, 'harbor-jobs'), ...logs])
  expect(both.kinds).toEqual(['harbor', 'inspect'])
  expect(both.rows).toBe(each.rows)
  expect(both.results.contestants).toEqual(each.results.contestants)
})

test('a log that is cut off, and a folder of neither, are refused', async () => {
  const { readFile } = await import('node:fs/promises')
  const whole = await readFile(join(FIXTURES, 'inspect-alpha.eval'))
  const cut = await file('cut.eval', whole.subarray(0, whole.length - 300))
  await expect(readResults([cut])).rejects.toMatchObject({ code: 'input.invalid' })
  await expect(readResults([join(FIXTURES, '..', 'statistics')])).rejects.toThrow('neither')
  await expect(readResults([join(folder, 'nowhere')])).rejects.toThrow('cannot be read')
})
