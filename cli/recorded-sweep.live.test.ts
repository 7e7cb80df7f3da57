import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readAtif } from '../analytics/atif/read-atif.ts'
import { migrate } from '../analytics/schema/migrate.ts'
import { eventLines } from '../analytics/sink/event-lines.ts'
import { sinkActivities } from '../analytics/sink/sink-activities.ts'
import { TrajectoryWatch } from '../analytics/sink/trajectory-watch.ts'
import type { Store } from '../analytics/store.ts'
import { sweepWorkflowId } from '../coordinator/contract/queues.ts'
import type { Manifest, Trial } from '../coordinator/contract/sweep.ts'
import { getJson, putJson } from '../core/blobs.ts'
import type { Digest } from '../core/ids.ts'
import { silentLog } from '../core/log.ts'
import type { ModelCall } from '../core/model-call.ts'
import { readModelCalls } from '../core/model-recording.ts'
import { BlobServer } from '../test/support/blob-server.ts'
import { Engine } from '../test/support/engine.ts'
import { madeCall, madeTrajectory } from '../test/support/made-calls.ts'
import { madeManifest, madeResult, madeTrials } from '../test/support/made-sweep.ts'
import { TemporalServer } from '../test/support/temporal-server.ts'
import { Connections } from './connections.ts'
import { exportAtif } from './export-atif.ts'
import { readCallCounts } from './read-call-counts.ts'
import { submitReplay } from './submit-replay.ts'

const RECORDED: readonly ModelCall[] = [1, 2, 3].map((call) =>
  madeCall(call, {
    request: JSON.stringify({
      messages: Array.from({ length: call }, (_, at) => `turn ${at} ${'x'.repeat(900)}`),
    }),
    response: `data: {"call":${call}}\n\n`,
    text: `answer ${call}`,
    costMicros: call === 2 ? null : 100,
  }),
)

let engine: Engine
let store: Store
let blobs: BlobServer
let server: TemporalServer
let farm: Connections
let manifest: Manifest
let thinking: Trial[]

beforeAll(async () => {
  ;[engine, blobs, server] = await Promise.all([
    Engine.start(),
    BlobServer.start(),
    TemporalServer.start(),
  ])
  store = engine.store()
  await migrate(store)
  farm = new Connections({
    temporal: server.address,
    nats: '',
    clickhouse: engine.url,
    coordinator: blobs.url,
    sink: '',
    workers: [],
  })
  manifest = madeManifest({ tasks: 2, seeds: 2 })
  await record(manifest)
})

afterAll(async () => {
  await farm?.[Symbol.asyncDispose]()
  await store?.[Symbol.asyncDispose]()
  for (const part of [server, blobs, engine]) await part?.[Symbol.asyncDispose]()
})

/** A finished sweep in the database; trials of the contestant with a model have three calls each. */
async function record(made: Manifest): Promise<void> {
  const trials = madeTrials(made)
  await using watch = new TrajectoryWatch({ store, log: silentLog })
  const scope = () => ({ signal: new AbortController().signal, heartbeat: () => {} })
  const activities = sinkActivities({ store, blobs: blobs.blobs, watch, scope })
  await activities.recordSweep({
    sweep: made.sweep,
    manifest: await putJson(blobs.blobs, made),
    status: 'finished',
    version: 1,
    planned: trials.length,
    startedAt: '2026-01-01T00:00:00.000Z',
    finishedAt: '2026-01-01T01:00:00.000Z',
  })
  await activities.recordTrials({ trials })
  thinking = trials.filter(({ contestant }) => contestant.model !== null)
  const events = madeTrajectory(RECORDED)
  const attempt = { attempt: 1, lastSeq: events.length - 1 }
  const lines = thinking.map(({ sweep, trial }) => eventLines({ sweep, trial, ...attempt }, events))
  await store.insertLines('events', lines)
  const results = trials.map((trial) => {
    const count = trial.contestant.model === null ? 0 : events.length
    return { ...madeResult(trial, { events: count }), outcome: 'scored' as const, attempt: 1 }
  })
  await Promise.all(results.map((result) => activities.persistResult(result)))
}

test('a replay has every recorded trial, with its calls byte for byte, and no budget', async () => {
  const replay = await submitReplay(farm, manifest.sweep)
  expect(replay.planned).toBe(thinking.length)
  expect(replay.leftOut).toBe(madeTrials(manifest).length - thinking.length)
  const { limits, blocks } = replay.manifest
  expect(blocks.flatMap(({ contestants }) => contestants.map(({ name }) => name))).toEqual(
    blocks.map(() => 'loop+fast'),
  )
  expect(limits).toMatchObject({ budgetMicros: null, replay: { of: manifest.sweep } })
  const index = await getJson<Record<string, Digest>>(
    blobs.blobs,
    limits.replay?.recordings ?? replay.digest,
  )
  expect(Object.keys(index).sort()).toEqual(thinking.map(({ trial }) => trial).sort())
  for (const digest of Object.values(index)) {
    const text = Buffer.from(await blobs.blobs.get(digest)).toString('utf8')
    const events = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(readModelCalls(events)).toEqual(RECORDED)
  }
  const handle = server.client.workflow.getHandle(sweepWorkflowId(replay.manifest.sweep))
  expect((await handle.describe()).status.name).toBe('RUNNING')
  await handle.terminate()
})

test('one trial is replayed alone, and one that asked no model is refused', async () => {
  const [first] = thinking
  const other = madeTrials(manifest).find(({ contestant }) => contestant.model === null)
  if (first === undefined || other === undefined) throw new Error('no trials')
  const replay = await submitReplay(farm, manifest.sweep, first.trial)
  expect(replay).toMatchObject({ planned: 1, leftOut: 0 })
  expect(replay.manifest.blocks[0]).toMatchObject({ seeds: [first.seed] })
  await server.client.workflow.getHandle(sweepWorkflowId(replay.manifest.sweep)).terminate()
  await expect(submitReplay(farm, manifest.sweep, other.trial)).rejects.toMatchObject({
    code: 'input.invalid',
  })
})

test('calls are counted by trial', async () => {
  const counts = await readCallCounts(farm.analyst, manifest.sweep)
  expect(counts).toEqual(new Map(thinking.map(({ trial }) => [trial, RECORDED.length])))
})

test('a sweep and a trial are exported as ATIF that is read back', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sbench-atif-'))
  try {
    const all = await exportAtif(farm, { reference: manifest.sweep, folder })
    expect(all.files).toHaveLength(madeTrials(manifest).length)
    const [first] = thinking
    const one = await exportAtif(farm, { reference: first?.trial ?? '', folder })
    expect(one.files).toHaveLength(1)
    const [file = ''] = one.files
    const { trajectory, warnings } = readAtif(await readFile(file, 'utf8'), file)
    expect(warnings).toEqual([])
    expect(trajectory.steps.filter(({ source }) => source === 'agent')).toHaveLength(3)
    expect(trajectory.final_metrics).not.toHaveProperty('total_cost_usd')
    expect(trajectory.extra).toMatchObject({ sweep: manifest.sweep, outcome: 'scored' })
  } finally {
    await rm(folder, { recursive: true })
  }
})
