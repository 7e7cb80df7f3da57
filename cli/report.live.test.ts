import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { analysisSchema } from '../analytics/analysis/analysis-document.ts'
import { runAnalysis } from '../analytics/analysis/run-analysis.ts'
import { writeReport } from '../analytics/report/write-report.ts'
import { migrate } from '../analytics/schema/migrate.ts'
import { sinkActivities } from '../analytics/sink/sink-activities.ts'
import { TrajectoryWatch } from '../analytics/sink/trajectory-watch.ts'
import type { Store } from '../analytics/store.ts'
import { putJson } from '../core/blobs.ts'
import type { SweepId } from '../core/ids.ts'
import { silentLog } from '../core/log.ts'
import { Engine } from '../test/support/engine.ts'
import { madeManifest, madeResult, madeTrials } from '../test/support/made-sweep.ts'
import { memoryBlobs } from '../test/support/memory-blobs.ts'
import { Connections } from './connections.ts'
import { readSweepsTogether } from './read-sweeps-together.ts'

test('two sweeps of the farm make one report, with what was run, when, and under which conditions', async () => {
  await using engine = await Engine.start()
  await using store = engine.store()
  await migrate(store)
  const sweeps = [await made(store, ''), await made(store, '2026-01-01T02:00:00.000Z')]
  const nowhere = { temporal: '', nats: '', coordinator: '', sink: '', workers: [] }
  await using farm = new Connections({ ...nowhere, clickhouse: engine.url })
  const { results, source } = await readSweepsTogether(farm, sweeps)
  const analysis = await runAnalysis(results, source, { pairs: true, cells: true, resamples: 0 })
  expect(analysisSchema.parse(analysis)).toEqual(analysis)
  expect(analysis.source).toMatchObject({ kinds: ['sweep'], rows: 48 })
  // Each task once, whichever sweeps have it.
  expect(analysis.conditions).toContainEqual({ aspect: 'grader version', value: '1', tasks: 4 })
  const folder = await mkdtemp(join(tmpdir(), 'sbench-report-'))
  try {
    const { figures, page } = await writeReport(analysis, folder)
    expect(figures.find(({ id }) => id === 'time')?.drawn).toBe(true)
    const text = await readFile(page, 'utf8')
    expect(text).toContain('<dd>2026-01-01 00:00 UTC to 2026-01-01 02:00 UTC</dd>')
    expect(text).toContain('<dd>from 2026-01-01 00:00 UTC on, not finished</dd>')
    for (const sweep of sweeps) expect(text).toContain(`made, suite made 1, finished (${sweep})`)
    for (const part of ['model wait', 'infrastructure', 'sim/mid']) expect(text).toContain(part)
  } finally {
    await rm(folder, { recursive: true })
  }
})

/** A sweep of 24 trials that have ended, without trajectories; an empty time is none yet. */
async function made(store: Store, finishedAt: string): Promise<SweepId> {
  const blobs = memoryBlobs()
  const manifest = madeManifest({ tasks: 4, seeds: 2 })
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
    finishedAt,
  })
  await activities.recordTrials({ trials })
  await Promise.all(trials.map((trial) => activities.persistResult(madeResult(trial))))
  return manifest.sweep
}
