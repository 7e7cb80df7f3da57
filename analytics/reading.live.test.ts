import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PersistResultInput } from '../coordinator/contract/activities.ts'
import { putJson } from '../core/blobs.ts'
import { digestOf, newSweepId, type SweepId } from '../core/ids.ts'
import { silentLog } from '../core/log.ts'
import type { TrajectoryEvent } from '../core/trajectory.ts'
import { Engine } from '../test/support/engine.ts'
import { madeManifest, madeResult, madeTrials } from '../test/support/made-sweep.ts'
import { memoryBlobs } from '../test/support/memory-blobs.ts'
import { eventAt } from '../test/support/trajectories.ts'
import { analysisSchema } from './analysis/analysis-document.ts'
import { runAnalysis } from './analysis/run-analysis.ts'
import { deleteSweep } from './delete-sweep.ts'
import { exportResults } from './export-results.ts'
import { readLeaderboard } from './leaderboard.ts'
import { leaderboardText } from './leaderboard-text.ts'
import { readEvents } from './read-events.ts'
import { listSweeps, readSweep } from './read-sweeps.ts'
import { readTrial } from './read-trial.ts'
import { listTrials } from './read-trials.ts'
import { boardsPage } from './report/boards-page.ts'
import { reportFigures } from './report/report-figures.ts'
import { reportHead } from './report/report-head.ts'
import { reportPage } from './report/report-page.ts'
import { mergeResults } from './results/merge-results.ts'
import { readResults } from './results/read-results.ts'
import { readSuiteResults } from './results/read-suite-results.ts'
import { readSweepResults } from './results/read-sweep-results.ts'
import { conditionsOf, differencesBetween, readConditions } from './results/sweep-conditions.ts'
import { migrate } from './schema/migrate.ts'
import { eventLines } from './sink/event-lines.ts'
import { sinkActivities } from './sink/sink-activities.ts'
import { TrajectoryWatch } from './sink/trajectory-watch.ts'
import { type Look, rowOfLook } from './stopping/look.ts'
import type { Store } from './store.ts'

const EVENTS = 20
/** Where each trajectory has its one call of a model. */
const CALL = 12
const blobs = memoryBlobs()
let engine: Engine
let store: Store
let older: SweepId
let sweep: SweepId

beforeAll(async () => {
  engine = await Engine.start()
  store = engine.store()
  await migrate(store)
  older = await fill({ tasks: 3, seeds: 1 })
  sweep = await fill({ tasks: 12, seeds: 3 })
})

afterAll(async () => {
  await store?.[Symbol.asyncDispose]()
  await engine?.[Symbol.asyncDispose]()
})

/** A call as the gateway records it: its cost unknown, the rest known. */
const modelCallAt = (seq: number): TrajectoryEvent => ({
  ...eventAt(seq),
  kind: 'model-call',
  tool: '',
  body: '',
  meta: {
    call: 1,
    model: 'lab/fast',
    end: 'answered',
    status: 200,
    retries: 1,
    inputTokens: 1_000,
    cachedInputTokens: 600,
    outputTokens: 50,
    reasoningTokens: 0,
    waitedMs: 250,
    firstByteMs: 90.5,
    answerMs: 800,
  },
})

const filled = new Map<SweepId, readonly PersistResultInput[]>()

/** Of the scored trials of the latest sweep: the middle one, the upper of two. */
function medianTokens(contestant: string): number | undefined {
  const used = (filled.get(sweep) ?? [])
    .filter(({ trial, verdict }) => trial.contestant.name === contestant && verdict !== null)
    .map(({ attempts: [counted] }) => counted?.usage?.inputTokens ?? 0)
    .sort((a, b) => a - b)
  return (used[Math.floor(used.length / 2)] ?? 0) + 2_000
}

/** As if the sweep might stop early, and had not yet. */
const LOOK: Look = {
  round: 1,
  first: 'oracle',
  second: 'loop+fast',
  measure: 'pass',
  method: 'confidence-sequence',
  level: 0.95,
  margin: null,
  tasks: 12,
  missing: 1,
  estimate: 0.5,
  low: -0.1,
  high: 1,
  reason: null,
  decidedRound: null,
  spentMicros: null,
  stop: null,
}

/** A sweep of which all but the last three trials have ended. */
async function fill(size: { tasks: number; seeds: number }): Promise<SweepId> {
  const manifest = madeManifest(size)
  const trials = madeTrials(manifest)
  await using watch = new TrajectoryWatch({ store, log: silentLog })
  const scope = () => ({ signal: new AbortController().signal, heartbeat: () => {} })
  const activities = sinkActivities({ store, blobs, watch, scope })
  await activities.recordSweep({
    sweep: manifest.sweep,
    manifest: await putJson(blobs, manifest),
    status: 'finished',
    version: 1,
    planned: trials.length,
    startedAt: '2026-01-01T00:00:00.000Z',
    finishedAt: '2026-01-01T02:00:00.000Z',
  })
  await activities.recordTrials({ trials })
  const ended = trials.slice(0, -3)
  const events = Array.from({ length: EVENTS }, (_, seq) =>
    seq === CALL ? modelCallAt(seq) : eventAt(seq),
  )
  await store.insertLines(
    'events',
    ended.map(({ sweep: id, trial }) =>
      eventLines({ sweep: id, trial, attempt: 1, lastSeq: EVENTS - 1 }, events),
    ),
  )
  const results = ended.map((trial) => madeResult(trial, { events: EVENTS }))
  await Promise.all(results.map((result) => activities.persistResult(result)))
  filled.set(manifest.sweep, results)
  await store.insert('looks', [rowOfLook(manifest.sweep, LOOK)])
  return manifest.sweep
}

describe('the worked queries of docs/sql.md', async () => {
  const text = await readFile(new URL('../docs/sql.md', import.meta.url), 'utf8')
  const queries = [...text.matchAll(/### (\d+)\. (.+?)\n[^#]*?```sql\n(.+?)```/gs)]
  test('are fourteen', () => expect(queries).toHaveLength(14))
  test.each(queries.map(([, number, title, sql]) => [number, title, sql]))(
    '%s. %s',
    async (_number, _title, sql = '') => {
      const answer = await fetch(`${engine.url}/?user=analyst`, {
        method: 'POST',
        body: `${sql} FORMAT JSONEachRow`,
      })
      const lines = (await answer.text()).trim().split('\n')
      expect(lines.join('\n')).not.toMatch(/exception/i)
      expect(lines[0]).toMatch(/^{.*}$/)
    },
  )
})

test('a suite gathers what ended sweeps found of its tasks as they are now', async () => {
  const digest = (index: number) => digestOf('task', `${index}`)
  const suite = {
    name: 'made',
    tasks: [
      { name: 'task-00', digest: digest(0) },
      { name: 'task-01', digest: digestOf('another version') },
      { name: 'task-07', digest: digest(7) },
    ],
  }
  const { results, sweeps, untried } = await readSuiteResults(store, suite)
  expect(sweeps.toSorted()).toEqual([older, sweep].toSorted())
  expect(untried).toEqual(['task-01'])
  expect(results.tasks.map(({ name }) => name)).toEqual(['task-00', 'task-07'])
  expect(results.contestants.map(({ name }) => name)).toEqual(['loop+fast', 'oracle'])
  const scored = (contestant: string, task: string) =>
    [...filled.values()]
      .flat()
      .filter(({ trial, verdict }) => verdict !== null && trial.contestant.name === contestant)
      .filter(({ trial }) => trial.task.name === task).length
  expect([...results.scores.n]).toEqual([
    scored('loop+fast', 'task-00'),
    scored('loop+fast', 'task-07'),
    scored('oracle', 'task-00'),
    scored('oracle', 'task-07'),
  ])
  expect(scored('oracle', 'task-00')).toBeGreaterThan(scored('oracle', 'task-07'))
  const stale = { ...suite, tasks: suite.tasks.slice(1, 2) }
  await expect(readSuiteResults(store, stale)).rejects.toMatchObject({ code: 'sweep.not-found' })
})

test('sweeps are listed with the latest first', async () => {
  const sweeps = await listSweeps(store)
  expect(sweeps.map((one) => one.sweep)).toEqual([sweep, older])
  expect(await readSweep(store, sweep)).toMatchObject({
    planned: 108,
    finished: 105,
    unfinished: 3,
  })
  await expect(readSweep(store, newSweepId())).rejects.toMatchObject({ code: 'sweep.not-found' })
})

test('the leaderboard adds up, missing trials are counted and never zeros', async () => {
  const { passFail, partialCredit } = await readLeaderboard(store, sweep)
  expect(passFail).toHaveLength(3)
  const oracle = passFail[0]
  expect(oracle).toMatchObject({ contestant: 'oracle', mean: 1, plannedTasks: 12, planned: 36 })
  for (const { valid, planned, missing } of [...passFail, ...partialCredit]) {
    const { infraFailed, ungraded, cancelled, unfinished } = missing
    expect(valid + infraFailed + ungraded + cancelled + unfinished).toBe(planned)
  }
  const tokens = new Map(passFail.map((entry) => [entry.contestant, entry.medianTokens]))
  expect(tokens.get('oracle')).toBe(0)
  expect(tokens.get('loop+fast')).toBe(medianTokens('loop+fast'))
  for (const { mean, interval, bounds } of passFail) {
    expect(interval?.low).toBeLessThanOrEqual(mean ?? 0)
    expect(interval?.high).toBeGreaterThanOrEqual(mean ?? 1)
    expect(bounds?.low).toBeLessThanOrEqual(mean ?? 0)
  }
  expect(passFail.find(({ contestant }) => contestant === 'sim/mid')?.simulated).toBe(true)
  expect(leaderboardText(await readLeaderboard(store, sweep))).toContain('sim/mid (simulated)')
})

test('the database adds up what the statistics add up from the same rows', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sbench-rows-'))
  try {
    const lines: string[] = []
    for await (const row of exportResults(store, sweep)) lines.push(`${JSON.stringify(row)}\n`)
    const path = join(folder, 'rows.ndjson')
    await writeFile(path, lines.join(''))
    const { results: read } = await readResults([path])
    const summed = await readSweepResults(store, sweep)
    for (const table of ['passes', 'scores'] as const) {
      for (const column of ['n', 'sum', 'sumSquares'] as const) {
        expect(summed[table][column]).toEqual(read[table][column])
      }
    }
    expect(summed.missing.infraFailed).toEqual(read.missing.infraFailed)
    expect(summed.missing.unfinished.reduce((sum, count) => sum + count, 0)).toBe(3)
    expect(summed.contestants.map((facts) => facts.medianWallSeconds)).toEqual(
      read.contestants.map((facts) => facts.medianWallSeconds),
    )
    expect(summed.tasks[0]).toMatchObject({ category: 'backend', family: null })
    expect(summed.tasks[0]?.version).toMatch(/^sha256:/)
    expect(summed.failures).toEqual(read.failures)
    expect(summed.failures?.nearMiss.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0)
    const [correctness] = summed.dimensions.values()
    expect([...summed.dimensions.keys()]).toEqual(['correctness', 'deployment'])
    expect(correctness?.n).toEqual(summed.scores.n)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('the views’ means are the boards’', async () => {
  const { passFail, partialCredit } = await readLeaderboard(store, sweep)
  const meansOf = async (view: string, column: string) => {
    const sql = `SELECT contestant, ${column} AS mean FROM sbench.${view} WHERE sweep_id = '${sweep}'`
    const answer = await fetch(`${engine.url}/?user=analyst`, {
      method: 'POST',
      body: `${sql} ORDER BY contestant FORMAT JSONEachRow`,
    })
    const rows = (await answer.text()).trim().split('\n')
    return rows.map((row) => JSON.parse(row).mean as number)
  }
  const boards = [
    [await meansOf('leaderboard_pass_fail', 'pass_rate'), passFail],
    [await meansOf('leaderboard_partial_credit', 'score'), partialCredit],
  ] as const
  for (const [seen, entries] of boards) {
    const sorted = entries.toSorted((a, b) => (a.contestant < b.contestant ? -1 : 1))
    expect(sorted).toHaveLength(seen.length)
    for (const [at, { mean }] of sorted.entries()) expect(mean).toBeCloseTo(seen[at] ?? -1, 9)
  }
})

test('boards have ranks, shares of resamples, dimensions and slices when they are asked for', async () => {
  const board = await readLeaderboard(store, sweep, { resamples: 500, by: 'dimension' })
  expect(board.dimensions.map(({ dimension }) => dimension)).toEqual(['correctness', 'deployment'])
  const complete = board.passFail.filter((entry) => entry.complete)
  expect(complete.reduce((sum, { pBest }) => sum + (pBest ?? 0), 0)).toBeCloseTo(1, 9)
  expect(complete.every(({ rank, rankSet }) => rank !== null && rankSet !== null)).toBe(true)
  const sliced = await readLeaderboard(store, sweep, { by: 'category' })
  const against = await readLeaderboard(store, sweep, { baseline: 'oracle' })
  expect(against.comparisons.map(({ label }) => label)).toEqual(['pass rate', 'score'])
  expect(against.comparisons[0]?.pairs.every(({ second }) => second === 'oracle')).toBe(true)
  expect(leaderboardText(against)).toContain('sim/mid – oracle')
  await expect(readLeaderboard(store, sweep, { baseline: 'orcale' })).rejects.toThrow(
    'Is it oracle?',
  )
  expect(sliced.slices.map(({ value }) => value)).toEqual([
    'backend',
    'backend',
    'frontend',
    'frontend',
  ])
})

test('two sweeps of the same tasks under the same conditions are compared together', async () => {
  const [first, second] = [await readConditions(store, sweep), await readConditions(store, older)]
  expect(first).toHaveLength(12)
  expect(first[0]?.agentTimeoutSeconds).toBe(600)
  expect(differencesBetween(first, second)).toEqual([])
  const changed = second.map((task) => ({ ...task, digest: 'sha256:other' }))
  expect(differencesBetween(first, changed)).toHaveLength(3)
  const merged = mergeResults([
    { name: 'new', results: await readSweepResults(store, sweep) },
    { name: 'old', results: await readSweepResults(store, older) },
  ])
  const source = { kinds: ['sweep'], names: ['new', 'old'], rows: 0, notes: [] }
  const analysis = await runAnalysis(merged, source, { pairs: true, resamples: 0 })
  expect(analysisSchema.parse(analysis)).toEqual(analysis)
  const pair = analysis.boards[0]?.pairs?.find(
    (one) => one.first === 'oracle @ new' && one.second === 'oracle @ old',
  )
  // Of the oracle's three trials in the older sweep one was lost.
  expect(pair).toMatchObject({ tasks: 2, difference: 0 })
})

test('a report of a sweep has its conditions, its time, and where its trials ended', async () => {
  const results = await readSweepResults(store, sweep)
  const { name, suite, suiteVersion, status, startedAt, finishedAt } = await readSweep(store, sweep)
  const source = {
    kinds: ['sweep'],
    names: [name],
    rows: 108,
    notes: [],
    sweeps: [{ sweep, name, suite, suiteVersion, status, startedAt, finishedAt }],
    conditions: conditionsOf(await readConditions(store, sweep)),
  }
  const analysis = await runAnalysis(results, source, { pairs: true, cells: true, resamples: 0 })
  expect(analysisSchema.parse(analysis)).toEqual(analysis)
  expect(analysis.conditions).toContainEqual({
    aspect: 'agent timeout',
    value: '600 s',
    tasks: 12,
  })
  const loop = analysis.times?.find(({ contestant }) => contestant === 'loop+fast')
  expect(loop?.phases.map(({ phase }) => phase).slice(0, 3)).toEqual(['queue', 'image', 'boot'])
  expect(loop?.phases.reduce((sum, { share }) => sum + (share ?? 0), 0)).toBeCloseTo(1, 9)
  const [first] = analysis.ends ?? []
  expect(analysis.ends?.reduce((sum, { planned }) => sum + planned, 0)).toBe(108)
  expect(first?.planned).toBe(36)
  const figures = reportFigures(analysis)
  expect(figures.find(({ id }) => id === 'time')?.drawing).not.toBeNull()
  const page = reportPage(reportHead(analysis), figures, { files: true })
  expect(page).toContain(`made, suite made 1, ${status} (${sweep})`)
  expect(page).toContain('<dt>Agent timeout</dt><dd>600 s</dd>')
  const boards = boardsPage(await readLeaderboard(store, sweep, { baseline: 'oracle' }), {
    level: 0.95,
    seed: 1,
    resamples: 0,
  })
  expect(boards).toContain('Leaderboard: made')
  expect(boards).toContain('sim/mid (simulated)')
  expect(boards).not.toContain('href="figures/')
})

test('three tasks have means and no interval', async () => {
  const { passFail } = await readLeaderboard(store, older)
  expect(passFail.every(({ interval }) => interval === null)).toBe(true)
  expect(passFail[0]?.mean).toBe(1)
})

test('trials are listed in the order of the plan, by page and by filter', async () => {
  const all = await listTrials(store, sweep)
  expect(all.map(({ index }) => index)).toEqual(Array.from({ length: 108 }, (_, index) => index))
  const after = all[9]?.index ?? -1
  expect(await listTrials(store, sweep, { after, limit: 10 })).toEqual(all.slice(10, 20))
  const unfinished = await listTrials(store, sweep, { outcome: 'unfinished' })
  expect(unfinished.map(({ index }) => index)).toEqual([105, 106, 107])
  expect(unfinished.every(({ score, outcome }) => score === null && outcome === null)).toBe(true)
  const ofOne = await listTrials(store, sweep, { contestant: 'oracle', task: 'task-00' })
  expect(ofOne.map(({ seed }) => seed)).toEqual([1, 2, 3])
  expect(await listTrials(store, sweep, { outcome: 'infra-failed' })).not.toHaveLength(0)
})

test('a trial has its attempts, checks and events', async () => {
  const [line] = await listTrials(store, sweep, { outcome: 'scored', contestant: 'oracle' })
  if (line === undefined) throw new Error('no trial')
  const { trial } = line
  const detail = await readTrial(store, trial)
  expect(detail).toMatchObject({ sweep, contestant: 'oracle', model: null })
  expect(detail.result).toMatchObject({ pass: true, score: 1, rewards: { reward: 1 } })
  expect(detail.attempts[0]?.phases.modelWaitMs).toBeGreaterThan(0)
  const { packages, ...kept } = detail.attempts[0]?.artifacts ?? { packages: [] }
  expect(packages).toEqual([digestOf('agent', trial), digestOf('verifier', trial)])
  expect(kept).toEqual({ files: 3, bytes: 3_000 })
  expect(detail.checks).toHaveLength(2)
  const page = await readEvents(store, { sweep, trial, attempt: 1, after: 4, limit: 3 })
  expect(page).toEqual([eventAt(5), eventAt(6), eventAt(7)])
})

test('calls of models are rows, and what is unknown of them is NULL', async () => {
  const answer = await fetch(`${engine.url}/?user=analyst`, {
    method: 'POST',
    body: `SELECT * FROM sbench.model_calls WHERE sweep_id = '${sweep}' LIMIT 1 FORMAT JSONEachRow`,
  })
  expect(await answer.json()).toMatchObject({
    sweep_id: sweep,
    contestant: expect.stringMatching(/./),
    task: expect.stringMatching(/^task-/),
    model: 'lab/fast',
    end: 'answered',
    input_tokens: 1_000,
    cost_micros: null,
    waited_ms: 250,
    first_byte_ms: 90.5,
  })
})

test('spend counts an agent without a model as nothing, and adds up what the others used', async () => {
  const answer = await fetch(`${engine.url}/?user=analyst`, {
    method: 'POST',
    body: `SELECT contestant, known_calls, attempts_of_unknown_cost, cost_usd, known_cost_usd
      FROM sbench.spend WHERE sweep_id = '${sweep}' ORDER BY contestant FORMAT JSONEachRow`,
  })
  const rows = (await answer.text())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const [loop, oracle] = rows
  expect(oracle).toMatchObject({ contestant: 'oracle', attempts_of_unknown_cost: 0, cost_usd: 0 })
  expect(loop).toMatchObject({ contestant: 'loop+fast', attempts_of_unknown_cost: 0 })
  expect(loop.cost_usd).toBeGreaterThan(0)
  const board = await readLeaderboard(store, sweep)
  const entry = board.passFail.find(({ contestant }) => contestant === 'loop+fast')
  expect(entry?.meanCostUsd).toBeGreaterThan(0)
  expect(entry?.unknownCosts).toBe(0)
})

test('results are exported one row a finished trial', async () => {
  const rows: Record<string, unknown>[] = []
  for await (const row of exportResults(store, sweep)) rows.push(row)
  expect(rows).toHaveLength(105)
  expect(rows[0]).toHaveProperty('score_micros')
})

test('a deleted sweep is gone from every table, and others stay', async () => {
  const gone = await fill({ tasks: 2, seeds: 1 })
  const first = () => Promise.reject(new Error('the artifacts are still there'))
  await expect(deleteSweep(store, gone, { first })).rejects.toThrow('still there')
  expect(await readSweep(store, gone)).toMatchObject({ finished: 3 })
  await deleteSweep(store, gone)
  await expect(readSweep(store, gone)).rejects.toMatchObject({ code: 'sweep.not-found' })
  expect(await listTrials(store, gone)).toEqual([])
  expect(await readSweep(store, sweep)).toMatchObject({ finished: 105 })
})
