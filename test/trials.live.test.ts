import { expect, test } from 'vitest'
import type { KeptArtifacts } from '../coordinator/contract/activities.ts'
import { TRIAL_SIGNALS } from '../coordinator/contract/messages.ts'
import { trialWorkflowId } from '../coordinator/contract/queues.ts'
import { Failure } from '../core/failure.ts'
import { digestOf } from '../core/ids.ts'
import { eventually } from './support/eventually.ts'
import { scriptedManifest } from './support/scripted-manifest.ts'
import { scriptedStage } from './support/scripted-stage.ts'

const stage = scriptedStage()

const runOne = async (): Promise<(typeof stage.farm.results)[number]> => {
  const handle = await stage.farm.submit(scriptedManifest({ contestants: 1, tasks: 1, seeds: 1 }))
  await handle.result()
  expect(stage.farm.results).toHaveLength(1)
  return stage.farm.results[0] as (typeof stage.farm.results)[number]
}

test('a fault of the infrastructure makes another attempt, and the record keeps both', async () => {
  stage.farm.script.run = async ({ attempt }) => {
    if (attempt === 1) throw new Failure('sandbox.lost', 'the container is gone')
    return {}
  }
  const result = await runOne()
  expect(result).toMatchObject({ outcome: 'scored', attempt: 2 })
  expect(result.attempts.map(({ end }) => end)).toEqual(['sandbox.lost', 'complete'])
})

test('a trial whose attempts are used up is missing, never zero', async () => {
  stage.farm.script.run = async () => {
    throw new Failure('node.restarted', 'handed back')
  }
  const result = await runOne()
  expect(result).toMatchObject({ outcome: 'infra-failed', verdict: null, attempt: 0 })
  expect(result.attempts.length).toBeGreaterThanOrEqual(3)
})

test('what cannot get better is not tried again', async () => {
  stage.farm.script.run = async () => {
    throw new Failure('image.not-found', 'no such image')
  }
  const result = await runOne()
  expect(result).toMatchObject({ outcome: 'infra-failed', verdict: null })
  expect(result.detail).toContain('image.not-found')
  expect(result.attempts).toHaveLength(1)
})

test('an agent that runs out of time is graded, and its outcome says so', async () => {
  stage.farm.script.run = async () => ({
    agentOutcome: 'agent-timeout',
    detail: 'its time was over',
  })
  stage.farm.script.grade = async () => ({ scoreMicros: 250_000, pass: false })
  const result = await runOne()
  expect(result).toMatchObject({ outcome: 'agent-timeout', detail: 'its time was over' })
  expect(result.verdict?.scoreMicros).toBe(250_000)
})

test('a verifier that fails is asked again on the same snapshot, then the trial is ungraded', async () => {
  let gradings = 0
  stage.farm.script.grade = async () => {
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
  stage.farm.script = {
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
  stage.farm.script = {
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
  stage.farm.script.grade = async ({ attempt }) => {
    if (attempt === 1) throw new Failure('snapshot.lost', 'the node was wiped')
    return {}
  }
  expect(await runOne()).toMatchObject({ outcome: 'scored', attempt: 2 })
})

test('word of a lost node starts the trial again at once', async () => {
  let started = 0
  const { promise: silence, resolve: endSilence } = Promise.withResolvers<Record<string, never>>()
  stage.farm.script.run = ({ attempt }) => {
    started += 1
    return attempt === 1 ? silence : Promise.resolve({})
  }
  const manifest = scriptedManifest({ contestants: 1, tasks: 1, seeds: 1 })
  const handle = await stage.farm.submit(manifest)
  await eventually('the trial has started', () => started === 1)
  const trial = [...stage.farm.planned].at(-1) as string
  const lost = { node: 'scripted', attempt: 1 }
  await stage.server.client.workflow
    .getHandle(trialWorkflowId(trial))
    .signal(TRIAL_SIGNALS.nodeLost, lost)
  await handle.result()
  endSilence({})
  expect(stage.farm.results[0]).toMatchObject({ outcome: 'scored', attempt: 2 })
})
