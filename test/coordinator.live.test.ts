import { setTimeout as sleep } from 'node:timers/promises'
import { Client, type WorkflowClientInterceptor } from '@temporalio/client'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { readProgress, restartSweep } from '../cli/sweep-workflow.ts'
import type { KeptArtifacts } from '../coordinator/contract/activities.ts'
import { TRIAL_SIGNALS } from '../coordinator/contract/messages.ts'
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
import { Failure } from '../core/failure.ts'
import { digestOf } from '../core/ids.ts'
import { eventually } from './support/eventually.ts'
import { ScriptedFarm, workUntilCancelled } from './support/scripted-farm.ts'
import { TemporalServer } from './support/temporal-server.ts'

let server: TemporalServer
let farm: ScriptedFarm

beforeAll(async () => {
  server = await TemporalServer.start()
  farm = await ScriptedFarm.start(server)
})
afterAll(async () => {
  await farm?.[Symbol.asyncDispose]()
  await server?.[Symbol.asyncDispose]()
})
beforeEach(() => {
  farm.script = {}
  farm.results.length = 0
  farm.released.length = 0
  farm.storageCalls.length = 0
})

const runOne = async (): Promise<(typeof farm.results)[number]> => {
  const handle = await farm.submit(farm.manifest({ contestants: 1, tasks: 1, seeds: 1 }))
  await handle.result()
  expect(farm.results).toHaveLength(1)
  return farm.results[0] as (typeof farm.results)[number]
}

test('every trial of a sweep gets exactly one result, in histories that stay short', async () => {
  const manifest = farm.manifest({ contestants: 3, tasks: 10, seeds: 7 })
  const { counts, status } = await (await farm.submit(manifest)).result()
  expect(status).toBe('finished')
  expect(counts.scored).toBe(210)
  const trials = farm.results.map(({ trial }) => trial.trial)
  expect(new Set(trials).size).toBe(210)
  expect(trials).toHaveLength(210)
  expect(trials.every((trial) => farm.planned.has(trial))).toBe(true)
  const sweepEvents = await historyLength(sweepWorkflowId(manifest.sweep))
  const shardEvents = await historyLength(shardWorkflowId(manifest.sweep, 0))
  expect(shardEvents).toBeLessThan(2_000)
  expect((sweepEvents / 2) * 20).toBeLessThan(4_096)
})

test('never more trials are open than the window says', async () => {
  let open = 0
  let most = 0
  farm.script = {
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
  const manifest = farm.manifest({ contestants: 2, tasks: 5, seeds: 4 }, { concurrency: 5 })
  await (await farm.submit(manifest)).result()
  expect(most).toBeGreaterThan(2)
  expect(most).toBeLessThanOrEqual(5)
})

test('a fault of the infrastructure makes another attempt, and the record keeps both', async () => {
  farm.script.run = async ({ attempt }) => {
    if (attempt === 1) throw new Failure('sandbox.lost', 'the container is gone')
    return {}
  }
  const result = await runOne()
  expect(result).toMatchObject({ outcome: 'scored', attempt: 2 })
  expect(result.attempts.map(({ end }) => end)).toEqual(['sandbox.lost', 'complete'])
})

test('a trial whose attempts are used up is missing, never zero', async () => {
  farm.script.run = async () => {
    throw new Failure('node.restarted', 'handed back')
  }
  const result = await runOne()
  expect(result).toMatchObject({ outcome: 'infra-failed', verdict: null, attempt: 0 })
  expect(result.attempts.length).toBeGreaterThanOrEqual(3)
})

test('results that wait for storage hold up no trial, and are stored once, many with one call', async () => {
  let ran = 0
  let refused = 0
  farm.script = {
    run: async () => {
      ran += 1
      return {}
    },
    // The database is away until all trials have run.
    persist: async () => {
      if (ran === 12) return
      refused += 1
      throw new Failure('engine.unreachable', 'The database is away.')
    },
  }
  const manifest = farm.manifest({ contestants: 1, tasks: 3, seeds: 4 }, { concurrency: 1 })
  const { counts } = await (await farm.submit(manifest)).result()
  expect(counts.scored).toBe(12)
  expect(refused).toBeGreaterThan(0)
  expect(new Set(farm.results.map(({ trial }) => trial.trial)).size).toBe(12)
  expect(farm.results).toHaveLength(12)
  expect(farm.storageCalls).toEqual([1, 11])
})

test('a result whose events are long in coming holds up no other', async () => {
  const stored: number[] = []
  farm.script = {
    isLate: ({ trial }) => trial.seed === 1,
    persist: async ({ trial }) => {
      if (trial.seed === 1) await eventually('all others are stored', () => stored.length === 5)
      stored.push(trial.seed)
    },
  }
  const manifest = farm.manifest({ contestants: 1, tasks: 1, seeds: 6 }, { concurrency: 1 })
  await (await farm.submit(manifest)).result()
  expect(stored.at(-1)).toBe(1)
  expect(farm.results.map(({ trial }) => trial.seed).toSorted()).toEqual([1, 2, 3, 4, 5, 6])
})

test('results too long for one call take several, and one too long for any has its own', async () => {
  const output = 'x'.repeat(150_000)
  let graded = 0
  farm.script = {
    grade: async ({ trial }) => {
      graded += 1
      return { output: trial.seed === 3 ? output.repeat(4) : output }
    },
    persist: () => eventually('all are graded', () => graded === 7),
  }
  const manifest = farm.manifest({ contestants: 1, tasks: 1, seeds: 7 }, { concurrency: 1 })
  await (await farm.submit(manifest)).result()
  expect(farm.results.map(({ trial }) => trial.seed)).toEqual([1, 2, 3, 4, 5, 6, 7])
  expect(farm.storageCalls).toEqual([1, 1, 1, 2, 2])
})

test('what cannot get better is not tried again', async () => {
  farm.script.run = async () => {
    throw new Failure('image.not-found', 'no such image')
  }
  const result = await runOne()
  expect(result).toMatchObject({ outcome: 'infra-failed', verdict: null })
  expect(result.detail).toContain('image.not-found')
  expect(result.attempts).toHaveLength(1)
})

test('an agent that runs out of time is graded, and its outcome says so', async () => {
  farm.script.run = async () => ({ agentOutcome: 'agent-timeout', detail: 'its time was over' })
  farm.script.grade = async () => ({ scoreMicros: 250_000, pass: false })
  const result = await runOne()
  expect(result).toMatchObject({ outcome: 'agent-timeout', detail: 'its time was over' })
  expect(result.verdict?.scoreMicros).toBe(250_000)
})

test('a verifier that fails is asked again on the same snapshot, then the trial is ungraded', async () => {
  let gradings = 0
  farm.script.grade = async () => {
    gradings += 1
    throw new Failure('verifier.failed', 'no reward file')
  }
  const result = await runOne()
  expect(gradings).toBe(3)
  expect(result).toMatchObject({ outcome: 'ungraded', verdict: null })
  expect(result.attempts).toHaveLength(1)
})

const keptOf = (whom: string): KeptArtifacts => ({ digest: digestOf(whom), files: 1, bytes: 700 })

test('what is kept of agent and verifier is on record, and the verifier gets the rest of the room', async () => {
  const room: number[] = []
  farm.script = {
    run: async () => ({ artifacts: keptOf('agent') }),
    grade: async ({ artifactBytes }) => {
      room.push(artifactBytes)
      return {}
    },
    graded: { artifacts: keptOf('verifier') },
  }
  const result = await runOne()
  expect(result.attempts[0]?.artifacts).toEqual([keptOf('agent'), keptOf('verifier')])
  expect(room).toEqual([700])
})

test.each([
  ['what is kept of it', { ...keptOf('verifier') }, [keptOf('agent'), keptOf('verifier')]],
  ['anything else', { digest: 'of another thing', files: 1 }, [keptOf('agent')]],
])('a verifier without a verdict leaves %s in its facts', async (_, facts, artifacts) => {
  farm.script = {
    run: async () => ({ artifacts: keptOf('agent') }),
    grade: async () => {
      throw new Failure('verifier.failed', 'no reward file', { facts })
    },
  }
  const result = await runOne()
  expect(result).toMatchObject({ outcome: 'ungraded', verdict: null })
  expect(result.attempts[0]?.artifacts).toEqual(artifacts)
})

test('a snapshot that is gone makes a new attempt', async () => {
  farm.script.grade = async ({ attempt }) => {
    if (attempt === 1) throw new Failure('snapshot.lost', 'the node was wiped')
    return {}
  }
  expect(await runOne()).toMatchObject({ outcome: 'scored', attempt: 2 })
})

test('word of a lost node starts the trial again at once', async () => {
  let started = 0
  const { promise: silence, resolve: endSilence } = Promise.withResolvers<Record<string, never>>()
  farm.script.run = ({ attempt }) => {
    started += 1
    return attempt === 1 ? silence : Promise.resolve({})
  }
  const manifest = farm.manifest({ contestants: 1, tasks: 1, seeds: 1 })
  const handle = await farm.submit(manifest)
  await eventually('the trial has started', () => started === 1)
  const trial = [...farm.planned].at(-1) as string
  const lost = { node: 'scripted', attempt: 1 }
  await server.client.workflow
    .getHandle(trialWorkflowId(trial))
    .signal(TRIAL_SIGNALS.nodeLost, lost)
  await handle.result()
  endSilence({})
  expect(farm.results[0]).toMatchObject({ outcome: 'scored', attempt: 2 })
})

test('a paused sweep starts nothing new, and goes on when resumed; twice is as once', async () => {
  let started = 0
  farm.script.run = async () => {
    started += 1
    await sleep(20)
    return {}
  }
  const manifest = farm.manifest({ contestants: 2, tasks: 5, seeds: 5 }, { concurrency: 4 })
  const handle = await farm.submit(manifest)
  await eventually('8 trials have started', () => started >= 8)
  expect((await handle.executeUpdate(pauseUpdate)).status).toBe('paused')
  expect((await handle.executeUpdate(pauseUpdate)).status).toBe('paused')
  await eventually('what has started has ended', () => farm.results.length >= started)
  const atRest = started
  await sleep(400)
  expect(started).toBeLessThanOrEqual(atRest + 4)
  expect(farm.results.length).toBeLessThan(50)
  await handle.executeUpdate(resumeUpdate)
  await handle.executeUpdate(resumeUpdate)
  expect((await handle.result()).counts.scored).toBe(50)
  expect(new Set(farm.results.map(({ trial }) => trial.trial)).size).toBe(50)
})

test('cancelling ends what runs, keeps what is done, and starts nothing more', async () => {
  let started = 0
  farm.script.run = async () => {
    started += 1
    await sleep(20)
    return {}
  }
  const manifest = farm.manifest({ contestants: 2, tasks: 10, seeds: 20 }, { concurrency: 4 })
  const handle = await farm.submit(manifest)
  await eventually('10 trials have ended', () => farm.results.length >= 10)
  await handle.executeUpdate(cancelUpdate)
  const { status } = await handle.result()
  expect(status).toBe('cancelled')
  expect(started).toBeLessThan(60)
  const trials = farm.results.map(({ trial }) => trial.trial)
  expect(new Set(trials).size).toBe(trials.length)
  expect(farm.results.filter(({ outcome }) => outcome === 'scored').length).toBeGreaterThan(9)
  expect(farm.sweepRecords.at(-1)).toMatchObject({ status: 'cancelled' })
})

test('cancelling reaches an agent at work, and its trial is missing', async () => {
  let started = 0
  farm.script.run = () => {
    started += 1
    return workUntilCancelled()
  }
  const handle = await farm.submit(farm.manifest({ contestants: 1, tasks: 2, seeds: 1 }))
  await eventually('both trials have started', () => started === 2)
  await handle.executeUpdate(cancelUpdate)
  expect((await handle.result()).counts.cancelled).toBe(2)
  expect(farm.results.map(({ outcome, verdict }) => [outcome, verdict])).toEqual([
    ['cancelled', null],
    ['cancelled', null],
  ])
})

test('a trial that a person terminates on the server is missing, and holds up nothing', async () => {
  let started = 0
  farm.script.run = ({ trial }) => {
    started += 1
    return trial.seed === 2 ? workUntilCancelled() : Promise.resolve({})
  }
  const manifest = farm.manifest({ contestants: 1, tasks: 1, seeds: 3 })
  const handle = await farm.submit(manifest)
  await eventually('all have started', () => started === 3)
  const { trial } = trialsBetween(manifest, 0, 3).find(({ seed }) => seed === 2) as Trial
  await server.client.workflow.getHandle(trialWorkflowId(trial)).terminate()
  expect((await handle.result()).counts).toMatchObject({ scored: 2, cancelled: 1 })
  expect(farm.results.map((result) => result.trial.seed).toSorted()).toEqual([1, 3])
})

test('extending runs the new seeds and no trial twice; extending twice changes nothing', async () => {
  farm.script.run = async () => {
    await sleep(10)
    return {}
  }
  const manifest = farm.manifest({ contestants: 2, tasks: 4, seeds: 3 }, { concurrency: 4 })
  const handle = await farm.submit(manifest)
  const longer = extended(manifest, [4, 5])
  const base = farm.keep(manifest)
  const extension = { base, manifest: farm.keep(longer), planned: countTrials(longer) }
  await handle.executeUpdate(extendUpdate, { args: [extension] })
  await handle.executeUpdate(extendUpdate, { args: [extension] })
  const { counts, planned } = await handle.result()
  expect(planned).toBe(40)
  expect(counts.scored).toBe(40)
  expect(new Set(farm.results.map(({ trial }) => trial.trial)).size).toBe(40)
})

test('an extension that would drop trials is refused and changes nothing', async () => {
  farm.script.run = async () => {
    await sleep(200)
    return {}
  }
  const manifest = farm.manifest({ contestants: 1, tasks: 3, seeds: 1 })
  const handle = await farm.submit(manifest)
  const base = farm.keep(manifest)
  const shorter = { base, manifest: farm.keep({ ...manifest, name: 'shorter' }), planned: 1 }
  await expect(handle.executeUpdate(extendUpdate, { args: [shorter] })).rejects.toThrow()
  expect((await handle.query(progressQuery)).planned).toBe(3)
  expect((await handle.result()).counts.scored).toBe(3)
})

test('of two extensions of one plan the second is refused, and made anew it keeps the first', async () => {
  const manifest = farm.manifest({ contestants: 1, tasks: 2, seeds: 1 })
  const handle = await farm.submit(manifest)
  await handle.executeUpdate(pauseUpdate)
  const extend = (from: Manifest, to: Manifest) => {
    const extension = { base: farm.keep(from), manifest: farm.keep(to), planned: countTrials(to) }
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
  expect(new Set(farm.results.map(({ trial }) => trial.seed))).toEqual(new Set([1, 2, 3]))
})

/** Extends a sweep that has ended, as the command line does. */
function restart(longer: Manifest, progress: SweepProgress): Promise<void> {
  const stored = { manifest: longer, digest: farm.keep(longer), planned: countTrials(longer) }
  return restartSweep(server.client, stored, { progress, startedAt: new Date().toISOString() })
}

test('a finished sweep that ran again meanwhile does not go on from its old plan', async () => {
  const manifest = farm.manifest({ contestants: 1, tasks: 2, seeds: 1 })
  const ended = await (await farm.submit(manifest)).result()
  const result = () => server.client.workflow.result(sweepWorkflowId(manifest.sweep))
  await restart(extended(manifest, [2]), ended)
  expect(await result()).toMatchObject({ planned: 4, counts: { scored: 4 } })
  const late = restart(extended(manifest, [3]), ended)
  await expect(late).rejects.toMatchObject({ code: 'sweep.changed' })
  expect(await result()).toMatchObject({ planned: 4 })
  expect(farm.results.map(({ trial }) => trial.seed).sort()).toEqual([1, 1, 2, 2])
})

test('a sweep that is made to run again while somebody reads it does not hold up the reader', async () => {
  const manifest = farm.manifest({ contestants: 1, tasks: 1, seeds: 1 })
  const ended = await (await farm.submit(manifest)).result()
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  farm.script = { run: () => released.then(() => ({})) }
  const restarted = { done: false }
  const describe: WorkflowClientInterceptor['describe'] = async (input, next) => {
    const described = await next(input)
    if (!restarted.done) {
      restarted.done = true
      await restart(extended(manifest, [2]), ended)
    }
    return described
  }
  const { connection } = server.client
  const reader = new Client({ connection, interceptors: { workflow: [{ describe }] } })
  const read = readProgress(reader, manifest.sweep).finally(release)
  expect(await read).toEqual(ended)
  const after = await server.client.workflow.result(sweepWorkflowId(manifest.sweep))
  expect(after).toMatchObject({ planned: 2, counts: { scored: 2 } })
})

test('submitting the same sweep twice is refused and starts nothing', async () => {
  const manifest = farm.manifest({ contestants: 1, tasks: 1, seeds: 1 })
  const handle = await farm.submit(manifest)
  await expect(farm.submit(manifest)).rejects.toThrow(/already/i)
  await handle.result()
  expect(farm.results).toHaveLength(1)
})

function extended(manifest: Manifest, seeds: readonly number[]): Manifest {
  const [first] = manifest.blocks
  if (first === undefined) throw new Error('a manifest without a block')
  return { ...manifest, blocks: [...manifest.blocks, { ...first, seeds }] }
}

async function historyLength(workflowId: string): Promise<number> {
  const { historyLength: length } = await server.client.workflow.getHandle(workflowId).describe()
  return length
}
