import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readLeaderboard } from '../analytics/leaderboard.ts'
import { leaderboardText } from '../analytics/leaderboard-text.ts'
import { migrate } from '../analytics/schema/migrate.ts'
import { sinkActivities } from '../analytics/sink/sink-activities.ts'
import { TrajectoryWatch } from '../analytics/sink/trajectory-watch.ts'
import { readStopIntervals } from '../analytics/stopping/stop-intervals.ts'
import type { Store } from '../analytics/store.ts'
import { restartSweep } from '../cli/sweep-workflow.ts'
import { countTrials } from '../coordinator/contract/plan.ts'
import { sweepWorkflowId } from '../coordinator/contract/queues.ts'
import { cutManifest } from '../coordinator/contract/rounds.ts'
import type { StopRule } from '../coordinator/contract/stopping.ts'
import type { Manifest, SweepProgress } from '../coordinator/contract/sweep.ts'
import {
  cancelUpdate,
  extendUpdate,
  pauseUpdate,
  resumeUpdate,
} from '../coordinator/workflows/sweep.ts'
import { silentLog } from '../core/log.ts'
import { uniform } from '../core/random.ts'
import { Engine } from './support/engine.ts'
import { eventually } from './support/eventually.ts'
import { extended, type ManifestSize, scriptedManifest } from './support/scripted-manifest.ts'
import { scriptedStage } from './support/scripted-stage.ts'

const stage = scriptedStage()

/** A sweep that asks after every round whether to stop; what it hears is the script's. */
function stoppable(size: ManifestSize): Manifest {
  const stop: StopRule = {
    firsts: ['contestant-1'],
    second: 'contestant-2',
    measure: 'pass',
    method: 'confidence-sequence',
    level: 0.95,
    margin: null,
    minRounds: 2,
    maxRounds: size.seeds,
    looks: 0,
    precise: true,
    budgetMicros: null,
  }
  return { ...scriptedManifest(size), stop }
}

const seedsRun = () =>
  [...new Set(stage.farm.results.map(({ trial }) => trial.seed))].sort((a, b) => a - b)
const trialsRun = () => stage.farm.results.map(({ trial }) => trial.trial)

test('a sweep that is told to stop has run whole rounds, and what is left is no longer planned', async () => {
  stage.farm.script.look = async ({ round }) => (round === 2 ? 'different' : null)
  const manifest = stoppable({ contestants: 3, tasks: 4, seeds: 5 })
  const progress = await (await stage.farm.submit(manifest)).result()
  const stopped = { round: 2, reason: 'different', leftOut: 36 }
  expect(progress).toMatchObject({ status: 'stopped', planned: 24, admitted: 24, stopped })
  expect(progress.counts.scored).toBe(24)
  expect(new Set(trialsRun()).size).toBe(24)
  expect(seedsRun()).toEqual([1, 2])
  expect(stage.farm.sweepRecords.at(-1)).toMatchObject({
    status: 'stopped',
    planned: 24,
    stopped,
    manifest: stage.farm.keep(cutManifest(manifest, 2)),
  })
})

test('one that is not told to stop looks after every round, and runs to its end', async () => {
  const open: number[] = []
  stage.farm.script.look = async ({ round }) => {
    open.push(stage.farm.results.length - round * 4)
    return null
  }
  const progress = await (
    await stage.farm.submit(stoppable({ contestants: 2, tasks: 2, seeds: 4 }))
  ).result()
  expect(progress.status).toBe('finished')
  expect(progress.stopped).toBeUndefined()
  expect(stage.farm.looks.map(({ round }) => round)).toEqual([1, 2, 3, 4])
  expect(open).toEqual([0, 0, 0, 0])
  expect(trialsRun()).toHaveLength(16)
})

test('what the last round decides is no early stop', async () => {
  stage.farm.script.look = async ({ round }) => (round === 2 ? 'equivalent' : null)
  const progress = await (
    await stage.farm.submit(stoppable({ contestants: 2, tasks: 1, seeds: 2 }))
  ).result()
  const stopped = { round: 2, reason: 'equivalent', leftOut: 0 }
  expect(progress).toMatchObject({ status: 'finished', planned: 4, stopped })
})

test('a round of more than one shard is whole before anybody looks', async () => {
  stage.farm.script.look = async () => {
    expect(stage.farm.results).toHaveLength(210)
    return 'precise'
  }
  const manifest = stoppable({ contestants: 2, tasks: 105, seeds: 3 })
  const progress = await (await stage.farm.submit(manifest)).result()
  expect(progress).toMatchObject({ status: 'stopped', planned: 210, stopped: { round: 1 } })
})

test('many small rounds stay within short histories', async () => {
  const manifest = stoppable({ contestants: 2, tasks: 1, seeds: 30 })
  const handle = await stage.farm.submit(manifest)
  expect(await handle.result()).toMatchObject({ status: 'finished', planned: 60 })
  expect(new Set(trialsRun()).size).toBe(60)
  expect(stage.farm.looks.map(({ round }) => round)).toEqual(
    Array.from({ length: 30 }, (_, at) => at + 1),
  )
  const lengths: number[] = []
  const query = `WorkflowId = '${sweepWorkflowId(manifest.sweep)}'`
  await eventually('all runs are known to be over', async () => {
    lengths.length = 0
    for await (const run of stage.server.client.workflow.list({ query }))
      lengths.push(run.historyLength ?? 0)
    return lengths.length > 1 && lengths.every((length) => length > 0)
  })
  expect(Math.max(...lengths)).toBeLessThan(600)
})

test('an extension of a stopped sweep is run whole, without another look', async () => {
  stage.farm.script.look = async ({ round }) => (round === 2 ? 'different' : null)
  const manifest = stoppable({ contestants: 2, tasks: 2, seeds: 6 })
  const progress = await (await stage.farm.submit(manifest)).result()
  const longer = extended(cutManifest(manifest, 2), [3, 4])
  const stored = { manifest: longer, digest: stage.farm.keep(longer), planned: countTrials(longer) }
  await restartSweep(stage.server.client, stored, { progress, startedAt: new Date().toISOString() })
  const after = await stage.server.client.workflow.result(sweepWorkflowId(manifest.sweep))
  expect(after).toMatchObject({ status: 'finished', planned: 16, stopped: progress.stopped })
  expect(seedsRun()).toEqual([1, 2, 3, 4])
  expect(stage.farm.looks.map(({ round }) => round)).toEqual([1, 2])
})

test('an extension of one that runs is looked at too, and a stop takes the rest of it out', async () => {
  stage.farm.script.look = async ({ round }) => (round === 4 ? 'different' : null)
  const manifest = stoppable({ contestants: 2, tasks: 2, seeds: 2 })
  const handle = await stage.farm.submit(manifest)
  await handle.executeUpdate(pauseUpdate)
  const longer = extended(manifest, [3, 4, 5, 6])
  const extension = {
    base: stage.farm.keep(manifest),
    manifest: stage.farm.keep(longer),
    planned: 24,
  }
  await handle.executeUpdate(extendUpdate, { args: [extension] })
  await handle.executeUpdate(resumeUpdate)
  const progress = await handle.result()
  expect(progress).toMatchObject({ planned: 16, stopped: { round: 4, leftOut: 8 } })
  expect(seedsRun()).toEqual([1, 2, 3, 4])
})

test('a sweep can be cancelled while it waits for a look', async () => {
  const { promise: never, resolve: release } = Promise.withResolvers<null>()
  stage.farm.script.look = () => never
  const handle = await stage.farm.submit(stoppable({ contestants: 2, tasks: 2, seeds: 3 }))
  await eventually('it looks', () => stage.farm.looks.length > 0)
  await handle.executeUpdate(cancelUpdate)
  const progress: SweepProgress = await handle.result()
  release(null)
  expect(progress).toMatchObject({ status: 'cancelled', admitted: 4 })
  expect(trialsRun()).toHaveLength(4)
})

test('coordinator and sink that die between two rounds ask again, and no trial runs twice', async () => {
  let down = true
  stage.farm.script.look = async ({ round }) => {
    if (round === 2 && down) throw new Error('the sink is gone')
    return round === 3 ? 'different' : null
  }
  const handle = await stage.farm.submit(stoppable({ contestants: 2, tasks: 3, seeds: 5 }))
  await eventually('the second round has ended', () => stage.farm.looks.length > 2)
  await stage.replaceFarm()
  down = false
  const progress = await handle.result()
  expect(progress).toMatchObject({ status: 'stopped', planned: 18, stopped: { round: 3 } })
  expect(trialsRun()).toHaveLength(18)
  expect(new Set(trialsRun()).size).toBe(18)
  expect([...new Set(stage.farm.looks.map(({ round }) => round))]).toEqual([1, 2, 3])
})

describe('judged by what a real sink has stored', () => {
  let engine: Engine
  let store: Store

  beforeAll(async () => {
    engine = await Engine.start()
    store = engine.store()
    await migrate(store)
    const watch = new TrajectoryWatch({ store, log: silentLog })
    const scope = () => ({ signal: new AbortController().signal, heartbeat: () => undefined })
    stage.farm.sink = sinkActivities({ store, blobs: stage.farm.blobs, watch, scope })
  })
  afterAll(async () => {
    stage.farm.sink = null
    await store?.[Symbol.asyncDispose]()
    await engine?.[Symbol.asyncDispose]()
  })

  test('a clear difference stops a sweep early, and its boards say so', async () => {
    stage.farm.script = {
      run: async () => ({ events: 0 }),
      grade: async ({ trial }) => graded(trial.contestant.name === 'contestant-1'),
    }
    const manifest = stoppable({ contestants: 3, tasks: 6, seeds: 8 })
    const progress = await (await stage.farm.submit(manifest)).result()
    expect(progress).toMatchObject({
      status: 'stopped',
      planned: 36,
      stopped: { round: 2, reason: 'different', leftOut: 108 },
    })
    const boards = await readLeaderboard(store, manifest.sweep)
    expect(
      boards.passFail.map(({ valid, planned, missing }) => [valid, planned, missing.unfinished]),
    ).toEqual([12, 12, 12].map((trials) => [trials, trials, 0]))
    expect(boards.stopping).toMatchObject([
      { rounds: 2, estimate: 1, high: 1, reason: 'different' },
    ])
    expect(boards.stopping[0]?.low).toBeGreaterThan(0)
    expect(leaderboardText(boards)).toMatch(
      /^Stopped early after 2 rounds: a difference is there; 108 trials left out of the plan\.\n/,
    )
  })

  test('where chance alone decides a sweep runs to its end, looked at after every round', async () => {
    stage.farm.script = {
      run: async () => ({ events: 0 }),
      grade: async ({ trial: { contestant, task, seed } }) =>
        graded(uniform(contestant.name, task.name, seed) < 0.5),
    }
    const manifest = stoppable({ contestants: 2, tasks: 4, seeds: 4 })
    const stop = { ...(manifest.stop as StopRule), precise: false }
    const progress = await (await stage.farm.submit({ ...manifest, stop })).result()
    expect(progress).toMatchObject({ status: 'finished', planned: 32 })
    const [pair] = await readStopIntervals(store, manifest.sweep)
    expect(pair).toMatchObject({ rounds: 4, intervalRound: 4, reason: null, stop: null })
    expect(pair?.low).toBeLessThan(0)
    expect(pair?.high).toBeGreaterThan(0)
  })
})

const graded = (pass: boolean) => ({ pass, scoreMicros: pass ? 1_000_000 : 0 })
