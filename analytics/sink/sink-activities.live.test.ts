import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { SinkActivities } from '../../coordinator/contract/activities.ts'
import type { Manifest, Trial } from '../../coordinator/contract/sweep.ts'
import { putJson } from '../../core/blobs.ts'
import { silentLog } from '../../core/log.ts'
import { Engine } from '../../test/support/engine.ts'
import { madeManifest, madeResult, madeTrials } from '../../test/support/made-sweep.ts'
import { memoryBlobs } from '../../test/support/memory-blobs.ts'
import { eventAt } from '../../test/support/trajectories.ts'
import { readSweep } from '../read-sweeps.ts'
import { readTrial } from '../read-trial.ts'
import { listTrials } from '../read-trials.ts'
import { migrate } from '../schema/migrate.ts'
import type { Store } from '../store.ts'
import { eventLines } from './event-lines.ts'
import { sinkActivities } from './sink-activities.ts'
import { TrajectoryWatch } from './trajectory-watch.ts'
import { WritePace } from './write-pace.ts'

let engine: Engine
let store: Store
let watch: TrajectoryWatch
let heartbeats = 0
let cancelling = new AbortController()
const blobs = memoryBlobs()

beforeAll(async () => {
  engine = await Engine.start()
  store = engine.store()
  await migrate(store)
  watch = new TrajectoryWatch({ store, log: silentLog })
})

afterEach(() => {
  cancelling = new AbortController()
})

afterAll(async () => {
  await watch?.[Symbol.asyncDispose]()
  await store?.[Symbol.asyncDispose]()
  await engine?.[Symbol.asyncDispose]()
})

function activities(patienceMs = 60_000, lateMs = 60_000, pace = new WritePace()): SinkActivities {
  return sinkActivities({
    store,
    blobs,
    watch,
    patienceMs,
    lateMs,
    heartbeatMs: 50,
    pace,
    scope: () => ({ signal: cancelling.signal, heartbeat: () => void heartbeats++ }),
  })
}

async function planned(size: { tasks: number; seeds: number }): Promise<[Manifest, Trial[]]> {
  const manifest = madeManifest(size)
  const trials = madeTrials(manifest)
  await activities().recordTrials({ trials })
  return [manifest, trials]
}

function first(trials: readonly Trial[]): Trial {
  const [trial] = trials
  if (trial === undefined) throw new Error('no trial')
  return trial
}

async function storeEvents({ sweep, trial }: Trial, from: number, to: number): Promise<void> {
  const events = Array.from({ length: to - from }, (_, offset) => eventAt(from + offset))
  const header = { sweep, trial, attempt: 1, lastSeq: to - 1 }
  await store.insertLines('events', [eventLines(header, events)])
}

test('a result said twice is one result', async () => {
  const [manifest, trials] = await planned({ tasks: 10, seeds: 1 })
  const { persistResult, recordTrials } = activities()
  await recordTrials({ trials })
  const results = trials.map((trial) => madeResult(trial))
  await Promise.all([...results, ...results].map((result) => persistResult(result)))
  const lines = await listTrials(store, manifest.sweep)
  expect(lines).toHaveLength(30)
  expect(lines.every(({ outcome }) => outcome !== null)).toBe(true)
  const detail = await readTrial(store, first(trials).trial)
  expect(detail.attempts).toHaveLength(1)
  expect(detail.checks.map(({ id }) => id)).toEqual(['works', 'deploys'])
})

test('a later grading replaces the result and its checks; an earlier one said late does not', async () => {
  const [, trials] = await planned({ tasks: 1, seeds: 1 })
  const { persistResult } = activities()
  const early = madeResult(first(trials))
  const checks = [
    { id: 'new', dimension: 'quality', points: 1, verdict: 'pass', evidence: '' },
  ] as const
  const verdict = early.verdict === null ? null : { ...early.verdict, scoreMicros: 250_000, checks }
  const late = { ...early, verdict, finishedAt: '2026-06-01T00:00:00.000Z' }
  await persistResult(late)
  await persistResult(early)
  const { result, checks: found } = await readTrial(store, first(trials).trial)
  expect(result?.score).toBe(0.25)
  expect(found.map(({ id }) => id)).toEqual(['new'])
})

test('a result waits for its last event, with signs of life meanwhile', async () => {
  const [, trials] = await planned({ tasks: 1, seeds: 1 })
  const trial = first(trials)
  await storeEvents(trial, 0, 40)
  heartbeats = 0
  let done = false
  const persisted = activities()
    .persistResult(madeResult(trial, { events: 50 }))
    .then(() => {
      done = true
    })
  await sleep(700)
  expect(done).toBe(false)
  expect(heartbeats).toBeGreaterThan(3)
  await storeEvents(trial, 40, 50)
  await persisted
  const { result } = await readTrial(store, trial.trial)
  expect(result).toMatchObject({ events: 50, trajectoryComplete: true })
})

test('a hint that events were stored ends the wait before the next tick', async () => {
  const [, trials] = await planned({ tasks: 1, seeds: 1 })
  const trial = first(trials)
  await using patient = new TrajectoryWatch({ store, log: silentLog, tickMs: 3_600_000 })
  const waiting = { signal: cancelling.signal, patienceMs: 3_600_000 }
  const whole = patient.wait({ trial: trial.trial, attempt: 1, events: 50 }, waiting)
  await storeEvents(trial, 0, 20)
  patient.hint()
  await sleep(300)
  await storeEvents(trial, 20, 50)
  patient.hint()
  expect(await whole).toBe(true)
})

test('who wants to know soon does not wait for the next tick', async () => {
  const [, [trial, other]] = await planned({ tasks: 1, seeds: 1 })
  if (trial === undefined || other === undefined) throw new Error('no trial')
  await storeEvents(trial, 0, 50)
  await using patient = new TrajectoryWatch({ store, log: silentLog, tickMs: 3_600_000 })
  const waiting = { signal: cancelling.signal, patienceMs: 3_600_000 }
  const never = patient.wait({ trial: other.trial, attempt: 1, events: 50 }, waiting)
  await sleep(300)
  const attempt = { trial: trial.trial, attempt: 1, events: 50 }
  expect(await patient.wait(attempt, { ...waiting, soon: true })).toBe(true)
  cancelling.abort()
  await expect(never).rejects.toThrow()
})

test('events that never come do not hold a score for ever: it is stored and marked', async () => {
  const [, trials] = await planned({ tasks: 1, seeds: 1 })
  const trial = first(trials)
  await storeEvents(trial, 0, 10)
  await activities(1_000).persistResult(madeResult(trial, { events: 50 }))
  const { result } = await readTrial(store, trial.trial)
  expect(result).toMatchObject({ trajectoryComplete: false, pass: true })
})

test('a wait that is cancelled ends with the reason', async () => {
  const [, trials] = await planned({ tasks: 1, seeds: 1 })
  const persisted = activities().persistResult(madeResult(first(trials), { events: 5 }))
  cancelling.abort(new Error('cancelled by a person'))
  await expect(persisted).rejects.toThrow('cancelled by a person')
  expect((await readTrial(store, first(trials).trial)).result).toBeNull()
})

test('a thousand results at once share a few inserts', async () => {
  const [manifest, trials] = await planned({ tasks: 50, seeds: 7 })
  const { persistResult } = activities()
  const startedAt = performance.now()
  await Promise.all(trials.map((trial) => persistResult(madeResult(trial))))
  expect(performance.now() - startedAt).toBeLessThan(10_000)
  expect(await listTrials(store, manifest.sweep, { limit: 10_000 })).toHaveLength(1_050)
})

test('of many results those that are whole are stored soon, and the rest is named', async () => {
  const [manifest, trials] = await planned({ tasks: 10, seeds: 2 })
  const [short, ...others] = trials
  if (short === undefined) throw new Error('no trial')
  await storeEvents(short, 0, 10)
  const results = [madeResult(short, { events: 50 }), ...others.map((trial) => madeResult(trial))]
  const { persistResults, persistResult } = activities(60_000, 1_000)
  expect(await persistResults({ results })).toEqual({ late: [short.trial] })
  const unfinished = (await listTrials(store, manifest.sweep)).filter(({ outcome }) => !outcome)
  expect(unfinished.map(({ trial }) => trial)).toEqual([short.trial])
  await storeEvents(short, 10, 50)
  expect(await persistResults({ results })).toEqual({ late: [] })
  await Promise.all(results.map((result) => persistResult(result)))
  const lines = await listTrials(store, manifest.sweep)
  expect(lines.filter(({ outcome }) => outcome)).toHaveLength(60)
  expect((await readTrial(store, short.trial)).result).toMatchObject({ trajectoryComplete: true })
})

test('the last results of a shard do not rest for others to come', async () => {
  const [, trials] = await planned({ tasks: 1, seeds: 1 })
  const [before, ...results] = trials.map((trial) => madeResult(trial))
  if (before === undefined) throw new Error('no trial')
  const pace = new WritePace({ windowMs: 3_600_000 })
  const { persistResults } = activities(60_000, 60_000, pace)
  await persistResults({ results: [before] })
  expect(await persistResults({ results, last: true })).toEqual({ late: [] })
  for (const { trial } of results) {
    expect((await readTrial(store, trial.trial)).result).not.toBeNull()
  }
})

test('a result that the database refuses keeps no other from being stored', async () => {
  const [, trials] = await planned({ tasks: 1, seeds: 1 })
  const [refused, ...others] = trials.map((trial) => madeResult(trial))
  if (refused === undefined) throw new Error('no trial')
  const attempts = refused.attempts.map((attempt) => ({ ...attempt, startedAt: 'no time' }))
  const results = [{ ...refused, attempts }, ...others]
  const { persistResults, persistResult } = activities()
  const { late } = await persistResults({ results })
  expect(late).toContain(refused.trial.trial)
  await Promise.all(others.map((result) => persistResult(result)))
  for (const { trial } of others) {
    expect((await readTrial(store, trial.trial)).result).not.toBeNull()
  }
  expect((await readTrial(store, refused.trial.trial)).result).toBeNull()
})

test('storing many that is cancelled ends with the reason', async () => {
  const [, trials] = await planned({ tasks: 1, seeds: 1 })
  const results = trials.map((trial) => madeResult(trial, { events: 5 }))
  const persisted = activities().persistResults({ results })
  cancelling.abort(new Error('cancelled by a person'))
  await expect(persisted).rejects.toThrow('cancelled by a person')
})

test('a plan is recorded with what each contestant is to run', async () => {
  const manifest = madeManifest({ tasks: 4, seeds: 2 })
  const digest = await putJson(blobs, manifest)
  const record = {
    sweep: manifest.sweep,
    manifest: digest,
    status: 'running',
    version: 1,
    planned: 24,
    startedAt: '2026-01-01T00:00:00.000Z',
    finishedAt: '',
  } as const
  const { recordSweep } = activities()
  await recordSweep({ ...record, status: 'finished', version: 2, finishedAt: record.startedAt })
  await recordSweep(record)
  expect(await readSweep(store, manifest.sweep)).toMatchObject({
    status: 'finished',
    planned: 24,
    unfinished: 24,
  })
})
