import { setTimeout as sleep } from 'node:timers/promises'
import { Client, type WorkflowClientInterceptor } from '@temporalio/client'
import { expect, test } from 'vitest'
import { readProgress, restartSweep } from '../cli/sweep-workflow.ts'
import { countTrials, trialsBetween } from '../coordinator/contract/plan.ts'
import {
  shardWorkflowId,
  sweepWorkflowId,
  trialWorkflowId,
} from '../coordinator/contract/queues.ts'
import type { Manifest, SweepProgress, Trial } from '../coordinator/contract/sweep.ts'
import {
  cancelUpdate,
  extendUpdate,
  pauseUpdate,
  progressQuery,
  resumeUpdate,
} from '../coordinator/workflows/sweep.ts'
import { eventually } from './support/eventually.ts'
import { workUntilCancelled } from './support/scripted-farm.ts'
import { extended, scriptedManifest } from './support/scripted-manifest.ts'
import { scriptedStage } from './support/scripted-stage.ts'

const stage = scriptedStage()

test('every trial of a sweep gets exactly one result, in histories that stay short', async () => {
  const manifest = scriptedManifest({ contestants: 3, tasks: 10, seeds: 7 })
  const { counts, status } = await (await stage.farm.submit(manifest)).result()
  expect(status).toBe('finished')
  expect(counts.scored).toBe(210)
  const trials = stage.farm.results.map(({ trial }) => trial.trial)
  expect(new Set(trials).size).toBe(210)
  expect(trials).toHaveLength(210)
  expect(trials.every((trial) => stage.farm.planned.has(trial))).toBe(true)
  const sweepEvents = await historyLength(sweepWorkflowId(manifest.sweep))
  const shardEvents = await historyLength(shardWorkflowId(manifest.sweep, 0))
  expect(shardEvents).toBeLessThan(2_000)
  expect((sweepEvents / 2) * 20).toBeLessThan(4_096)
})

test('never more trials are open than the window says', async () => {
  let open = 0
  let most = 0
  stage.farm.script = {
    run: async () => {
      open += 1
      most = Math.max(most, open)
      await sleep(30)
      return {}
    },
    grade: async () => {
      open -= 1
      return {}
    },
  }
  const manifest = scriptedManifest({ contestants: 2, tasks: 5, seeds: 4 }, { concurrency: 5 })
  await (await stage.farm.submit(manifest)).result()
  expect(most).toBeGreaterThan(2)
  expect(most).toBeLessThanOrEqual(5)
})

test('a paused sweep starts nothing new, and goes on when resumed; twice is as once', async () => {
  let started = 0
  stage.farm.script.run = async () => {
    started += 1
    await sleep(20)
    return {}
  }
  const manifest = scriptedManifest({ contestants: 2, tasks: 5, seeds: 5 }, { concurrency: 4 })
  const handle = await stage.farm.submit(manifest)
  await eventually('8 trials have started', () => started >= 8)
  expect((await handle.executeUpdate(pauseUpdate)).status).toBe('paused')
  expect((await handle.executeUpdate(pauseUpdate)).status).toBe('paused')
  await eventually('what has started has ended', () => stage.farm.results.length >= started)
  const atRest = started
  await sleep(400)
  expect(started).toBeLessThanOrEqual(atRest + 4)
  expect(stage.farm.results.length).toBeLessThan(50)
  await handle.executeUpdate(resumeUpdate)
  await handle.executeUpdate(resumeUpdate)
  expect((await handle.result()).counts.scored).toBe(50)
  expect(new Set(stage.farm.results.map(({ trial }) => trial.trial)).size).toBe(50)
})

test('cancelling ends what runs, keeps what is done, and starts nothing more', async () => {
  let started = 0
  stage.farm.script.run = async () => {
    started += 1
    await sleep(20)
    return {}
  }
  const manifest = scriptedManifest({ contestants: 2, tasks: 10, seeds: 20 }, { concurrency: 4 })
  const handle = await stage.farm.submit(manifest)
  await eventually('10 trials have ended', () => stage.farm.results.length >= 10)
  await handle.executeUpdate(cancelUpdate)
  const { status } = await handle.result()
  expect(status).toBe('cancelled')
  expect(started).toBeLessThan(60)
  const trials = stage.farm.results.map(({ trial }) => trial.trial)
  expect(new Set(trials).size).toBe(trials.length)
  expect(stage.farm.results.filter(({ outcome }) => outcome === 'scored').length).toBeGreaterThan(9)
  expect(stage.farm.sweepRecords.at(-1)).toMatchObject({ status: 'cancelled' })
})

test('cancelling reaches an agent at work, and its trial is missing', async () => {
  let started = 0
  stage.farm.script.run = () => {
    started += 1
    return workUntilCancelled()
  }
  const handle = await stage.farm.submit(scriptedManifest({ contestants: 1, tasks: 2, seeds: 1 }))
  await eventually('both trials have started', () => started === 2)
  await handle.executeUpdate(cancelUpdate)
  expect((await handle.result()).counts.cancelled).toBe(2)
  expect(stage.farm.results.map(({ outcome, verdict }) => [outcome, verdict])).toEqual([
    ['cancelled', null],
    ['cancelled', null],
  ])
})

test('a trial that a person terminates on the server is missing, and holds up nothing', async () => {
  let started = 0
  stage.farm.script.run = ({ trial }) => {
    started += 1
    return trial.seed === 2 ? workUntilCancelled() : Promise.resolve({})
  }
  const manifest = scriptedManifest({ contestants: 1, tasks: 1, seeds: 3 })
  const handle = await stage.farm.submit(manifest)
  await eventually('all have started', () => started === 3)
  const { trial } = trialsBetween(manifest, 0, 3).find(({ seed }) => seed === 2) as Trial
  await stage.server.client.workflow.getHandle(trialWorkflowId(trial)).terminate()
  expect((await handle.result()).counts).toMatchObject({ scored: 2, cancelled: 1 })
  expect(stage.farm.results.map((result) => result.trial.seed).toSorted()).toEqual([1, 3])
})

test('extending runs the new seeds and no trial twice; extending twice changes nothing', async () => {
  stage.farm.script.run = async () => {
    await sleep(10)
    return {}
  }
  const manifest = scriptedManifest({ contestants: 2, tasks: 4, seeds: 3 }, { concurrency: 4 })
  const handle = await stage.farm.submit(manifest)
  const longer = extended(manifest, [4, 5])
  const base = stage.farm.keep(manifest)
  const extension = { base, manifest: stage.farm.keep(longer), planned: countTrials(longer) }
  await handle.executeUpdate(extendUpdate, { args: [extension] })
  await handle.executeUpdate(extendUpdate, { args: [extension] })
  const { counts, planned } = await handle.result()
  expect(planned).toBe(40)
  expect(counts.scored).toBe(40)
  expect(new Set(stage.farm.results.map(({ trial }) => trial.trial)).size).toBe(40)
})

test('an extension that would drop trials is refused and changes nothing', async () => {
  stage.farm.script.run = async () => {
    await sleep(200)
    return {}
  }
  const manifest = scriptedManifest({ contestants: 1, tasks: 3, seeds: 1 })
  const handle = await stage.farm.submit(manifest)
  const base = stage.farm.keep(manifest)
  const shorter = { base, manifest: stage.farm.keep({ ...manifest, name: 'shorter' }), planned: 1 }
  await expect(handle.executeUpdate(extendUpdate, { args: [shorter] })).rejects.toThrow()
  expect((await handle.query(progressQuery)).planned).toBe(3)
  expect((await handle.result()).counts.scored).toBe(3)
})

test('of two extensions of one plan the second is refused, and made anew it keeps the first', async () => {
  const manifest = scriptedManifest({ contestants: 1, tasks: 2, seeds: 1 })
  const handle = await stage.farm.submit(manifest)
  await handle.executeUpdate(pauseUpdate)
  const extend = (from: Manifest, to: Manifest) => {
    const extension = {
      base: stage.farm.keep(from),
      manifest: stage.farm.keep(to),
      planned: countTrials(to),
    }
    return handle.executeUpdate(extendUpdate, { args: [extension] })
  }
  const theirs = extended(manifest, [2])
  await extend(manifest, theirs)
  await expect(extend(manifest, extended(manifest, [3]))).rejects.toMatchObject({
    cause: { type: 'sweep.changed' },
  })
  await extend(theirs, extended(theirs, [3]))
  await handle.executeUpdate(resumeUpdate)
  expect((await handle.result()).counts.scored).toBe(6)
  expect(new Set(stage.farm.results.map(({ trial }) => trial.seed))).toEqual(new Set([1, 2, 3]))
})

/** Extends a sweep that has ended, as the command line does. */
function restart(longer: Manifest, progress: SweepProgress): Promise<void> {
  const stored = { manifest: longer, digest: stage.farm.keep(longer), planned: countTrials(longer) }
  return restartSweep(stage.server.client, stored, {
    progress,
    startedAt: new Date().toISOString(),
  })
}

test('a finished sweep that ran again meanwhile does not go on from its old plan', async () => {
  const manifest = scriptedManifest({ contestants: 1, tasks: 2, seeds: 1 })
  const ended = await (await stage.farm.submit(manifest)).result()
  const result = () => stage.server.client.workflow.result(sweepWorkflowId(manifest.sweep))
  await restart(extended(manifest, [2]), ended)
  expect(await result()).toMatchObject({ planned: 4, counts: { scored: 4 } })
  const late = restart(extended(manifest, [3]), ended)
  await expect(late).rejects.toMatchObject({ code: 'sweep.changed' })
  expect(await result()).toMatchObject({ planned: 4 })
  expect(stage.farm.results.map(({ trial }) => trial.seed).sort()).toEqual([1, 1, 2, 2])
})

test('a sweep that is made to run again while somebody reads it does not hold up the reader', async () => {
  const manifest = scriptedManifest({ contestants: 1, tasks: 1, seeds: 1 })
  const ended = await (await stage.farm.submit(manifest)).result()
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  stage.farm.script = { run: () => released.then(() => ({})) }
  const restarted = { done: false }
  const describe: WorkflowClientInterceptor['describe'] = async (input, next) => {
    const described = await next(input)
    if (!restarted.done) {
      restarted.done = true
      await restart(extended(manifest, [2]), ended)
    }
    return described
  }
  const { connection } = stage.server.client
  const reader = new Client({ connection, interceptors: { workflow: [{ describe }] } })
  const read = readProgress(reader, manifest.sweep).finally(release)
  expect(await read).toEqual(ended)
  const after = await stage.server.client.workflow.result(sweepWorkflowId(manifest.sweep))
  expect(after).toMatchObject({ planned: 2, counts: { scored: 2 } })
})

test('submitting the same sweep twice is refused and starts nothing', async () => {
  const manifest = scriptedManifest({ contestants: 1, tasks: 1, seeds: 1 })
  const handle = await stage.farm.submit(manifest)
  await expect(stage.farm.submit(manifest)).rejects.toThrow(/already/i)
  await handle.result()
  expect(stage.farm.results).toHaveLength(1)
})

async function historyLength(workflowId: string): Promise<number> {
  const { historyLength: length } = await stage.server.client.workflow
    .getHandle(workflowId)
    .describe()
  return length
}
