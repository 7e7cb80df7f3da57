import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { trialsBetween } from '../../coordinator/contract/plan.ts'
import { cutManifest, roundSizeOf } from '../../coordinator/contract/rounds.ts'
import type { StopRule } from '../../coordinator/contract/stopping.ts'
import type { Manifest, Trial } from '../../coordinator/contract/sweep.ts'
import { putJson } from '../../core/blobs.ts'
import { silentLog } from '../../core/log.ts'
import { Engine } from '../../test/support/engine.ts'
import { madeManifest, madeResult } from '../../test/support/made-sweep.ts'
import { memoryBlobs } from '../../test/support/memory-blobs.ts'
import { readLeaderboard } from '../leaderboard.ts'
import { readSweep } from '../read-sweeps.ts'
import { migrate } from '../schema/migrate.ts'
import { sinkActivities } from '../sink/sink-activities.ts'
import { TrajectoryWatch } from '../sink/trajectory-watch.ts'
import type { Store } from '../store.ts'

let engine: Engine
let store: Store
const blobs = memoryBlobs()

beforeAll(async () => {
  engine = await Engine.start()
  store = engine.store()
  await migrate(store)
})
afterAll(async () => {
  await store?.[Symbol.asyncDispose]()
  await engine?.[Symbol.asyncDispose]()
})

const scope = () => ({ signal: new AbortController().signal, heartbeat: () => undefined })
const activities = () => {
  const watch = new TrajectoryWatch({ store, log: silentLog })
  return sinkActivities({ store, blobs, watch, scope })
}

const RULE: StopRule = {
  firsts: ['oracle'],
  second: 'loop+fast',
  measure: 'pass',
  method: 'confidence-sequence',
  level: 0.95,
  margin: null,
  minRounds: 2,
  maxRounds: 8,
  looks: 0,
  precise: false,
  budgetMicros: null,
}

const stoppable = (rule: Partial<StopRule> = {}): Manifest => ({
  ...madeManifest({ tasks: 12, seeds: 8 }),
  stop: { ...RULE, ...rule },
})

/** Stores rounds [from, to) as the farm does, each trial's result as the draw has it. */
async function run(manifest: Manifest, from: number, to: number): Promise<void> {
  const { recordTrials, persistResult } = activities()
  const size = roundSizeOf(manifest)
  const trials = trialsBetween(manifest, from * size, to * size)
  await recordTrials({ trials })
  await Promise.all(trials.map((trial) => persistResult(madeResult(trial))))
}

/** All that have a verdict in the first rounds fail in a later grading. */
async function gradeAgain(manifest: Manifest, rounds: number): Promise<void> {
  const { persistResult } = activities()
  const results = trialsBetween(manifest, 0, rounds * roundSizeOf(manifest)).map((trial) =>
    madeResult(trial),
  )
  await Promise.all(
    results.map(({ verdict, ...result }) =>
      persistResult({
        ...result,
        verdict: verdict === null ? null : { ...verdict, pass: false, scoreMicros: 0 },
        finishedAt: '2026-02-01T00:00:00.000Z',
      }),
    ),
  )
}

const passOf = (trial: Trial): number | null => {
  const { verdict } = madeResult(trial)
  return verdict === null ? null : Number(verdict.pass)
}

const lookColumns = z.object({
  round: z.number(),
  estimate: z.number().nullable(),
  missing: z.number(),
  tasks: z.number(),
  low: z.number().nullable(),
  stop: z.string(),
  spent_micros: z.coerce.number().nullable(),
})
const storedLooks = (sweep: string) =>
  store.query('looks', lookColumns, { sweep, round: 1_000, pairs: 1_000 })

test('a clear difference stops after whole rounds, from what the database holds, missing trials left out', async () => {
  const manifest = stoppable()
  const { sweep } = manifest
  const digest = await putJson(blobs, manifest)
  const { lookAtRound } = activities()
  let round = 0
  let stop: Awaited<ReturnType<typeof lookAtRound>>['stop'] = null
  while (stop === null && round < 8) {
    await run(manifest, round, round + 1)
    round += 1
    stop = (await lookAtRound({ sweep, manifest: digest, round })).stop
  }
  expect(stop).toEqual({
    reason: 'different',
    manifest: await putJson(blobs, cutManifest(manifest, round)),
  })
  expect(round).toBeLessThan(8)
  expect(round).toBeGreaterThan(1)

  const size = roundSizeOf(manifest)
  const trials = trialsBetween(manifest, 0, round * size)
  const of = (contestant: string, task: string) =>
    trials.filter((trial) => trial.contestant.name === contestant && trial.task.name === task)
  let missing = 0
  const means = manifest.blocks[0]?.tasks.map(({ name }) => {
    const pairs = of('oracle', name).flatMap((trial) => {
      const other = of('loop+fast', name).find(({ seed }) => seed === trial.seed)
      const [first, second] = [passOf(trial), other === undefined ? null : passOf(other)]
      if (first === null || second === null) missing += 1
      return first === null || second === null ? [] : [first - second]
    })
    return pairs.reduce((sum, value) => sum + value, 0) / pairs.length
  })
  const [last, ...earlier] = await storedLooks(sweep)
  expect(last?.estimate).toBeCloseTo((means ?? []).reduce((sum, mean) => sum + mean, 0) / 12, 10)
  expect(last).toMatchObject({ round, missing, tasks: 12, stop: 'different' })
  expect(missing).toBeGreaterThan(0)
  expect(last?.low).toBeGreaterThan(0)
  expect(earlier.map(({ stop: none }) => none)).toEqual(earlier.map(() => ''))
  expect(last?.spent_micros).toBeGreaterThan(0)
})

test('a round that is judged is not judged again, whoever asks and whatever was stored since', async () => {
  const manifest = stoppable()
  const { sweep } = manifest
  const digest = await putJson(blobs, manifest)
  await run(manifest, 0, 4)
  const ask = () => activities().lookAtRound({ sweep, manifest: digest, round: 4 })
  const answers = await Promise.all([ask(), ask(), ask()])
  const before = await storedLooks(sweep)
  await gradeAgain(manifest, 4)
  answers.push(await ask())
  expect(answers).toEqual(answers.map(() => answers[0]))
  expect(await storedLooks(sweep)).toEqual(before)
  expect(before).toHaveLength(1)
  expect(before[0]?.estimate).toBeGreaterThan(0)
})

test('later rounds that are stored already are not looked at early', async () => {
  const [ahead, behind] = [stoppable(), stoppable()]
  const same = { ...behind, sweep: ahead.sweep }
  await run(ahead, 0, 4)
  const digest = await putJson(blobs, ahead)
  await activities().lookAtRound({ sweep: ahead.sweep, manifest: digest, round: 2 })
  const [early] = await storedLooks(ahead.sweep)
  expect(early?.missing).toBeLessThanOrEqual(24)
  const trials = trialsBetween(same, 0, 2 * roundSizeOf(same))
  const lost = (name: string) =>
    trials.filter((trial) => trial.contestant.name === name && passOf(trial) === null)
  const keys = new Set(
    [...lost('oracle'), ...lost('loop+fast')].map(({ task, seed }) => `${task.name} ${seed}`),
  )
  expect(early?.missing).toBe(keys.size)
})

test('a sweep that stopped plans what it ran, and shows nothing of the rest as missing', async () => {
  const manifest = stoppable()
  const { sweep } = manifest
  const { recordSweep } = activities()
  const record = { sweep, startedAt: '2026-01-01T00:00:00.000Z', finishedAt: '' }
  const whole = await putJson(blobs, manifest)
  await recordSweep({ ...record, manifest: whole, status: 'running', version: 1, planned: 288 })
  await run(manifest, 0, 3)
  await recordSweep({
    ...record,
    manifest: await putJson(blobs, cutManifest(manifest, 3)),
    status: 'stopped',
    version: 2,
    planned: 108,
    finishedAt: '2026-01-01T01:00:00.000Z',
    stopped: { round: 3, reason: 'different', leftOut: 180 },
  })
  expect(await readSweep(store, sweep)).toMatchObject({
    status: 'stopped',
    planned: 108,
    finished: 108,
    unfinished: 0,
    stopped: { round: 3, reason: 'different', leftOut: 180 },
  })
  const { passFail } = await readLeaderboard(store, sweep)
  expect(passFail.map(({ planned, missing }) => [planned, missing.unfinished])).toEqual([
    [36, 0],
    [36, 0],
    [36, 0],
  ])
})
