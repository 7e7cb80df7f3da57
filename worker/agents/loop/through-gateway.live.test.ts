import { afterAll, beforeAll, expect, test } from 'vitest'
import { bareContestant, NO_TRIAL_LIMITS } from '../../../coordinator/contract/sweep.ts'
import { DIALECTS } from '../../../core/model-call.ts'
import type { Sandbox } from '../../../sandbox/sandbox.ts'
import type { Task } from '../../../tasks/task.ts'
import type { TemporaryFolder } from '../../../tasks/task-fixture.ts'
import { madeRun, madeTask, madeTrial, played } from '../../../test/support/agent-run.ts'
import { FakeProvider, type Misbehaviour } from '../../../test/support/fake-provider.ts'
import { FAKE_FACTS, GatewayTrial, type Lease } from '../../../test/support/gateway-trial.ts'
import { localSandbox } from '../../../test/support/local-sandbox.ts'
import { loopAgent } from './loop-agent.ts'

let task: Task
let folder: TemporaryFolder
let sandbox: Sandbox
beforeAll(async () => {
  ;({ task, folder } = await madeTask())
  sandbox = localSandbox(folder.path)
})
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

const contestant = { ...bareContestant('loop'), model: 'fake/model', modelFacts: FAKE_FACTS }
const play = ({ access }: Lease) =>
  played(
    loopAgent({ backOffMs: 1 }),
    madeRun({ task, sandbox }, { access, trial: madeTrial(task, contestant) }),
  )

/** A model that calls a tool for so many turns. */
function working(provider: FakeProvider, turns: number): void {
  const tools = [{ name: 'bash', input: { command: 'echo seen' } }]
  provider.answer = () =>
    provider.requests.length <= turns ? { text: ['So.'], tools } : { text: ['Done.'] }
}

test.each(DIALECTS)('over %s, each turn is one recorded call of the model', async (dialect) => {
  await using provider = await FakeProvider.start()
  await using trial = await GatewayTrial.start([provider.provider({ speaks: [dialect] })])
  const lease = await trial.lease()
  working(provider, 2)
  expect((await play(lease)).end).toEqual({ outcome: 'scored', detail: '' })
  const calls = lease.calls()
  expect(calls.map(({ end, problem }) => [end, problem])).toEqual(
    [1, 2, 3].map(() => ['answered', '']),
  )
  expect(calls.map(({ toolCalls }) => toolCalls.length)).toEqual([1, 1, 0])
  expect(calls.map(({ lost }) => lost)).toEqual([[], [], []])
  expect(calls.every(({ dialect: spoken, providerDialect }) => spoken === providerDialect)).toBe(
    true,
  )
})

test('a trial that may make two calls ends as budget in its third turn', async () => {
  await using provider = await FakeProvider.start()
  await using trial = await GatewayTrial.start([provider.provider()])
  const lease = await trial.lease({ limits: { ...NO_TRIAL_LIMITS, calls: 2 } })
  working(provider, 10)
  const { end, events } = await play(lease)
  expect(end.outcome).toBe('budget')
  expect(end.detail).not.toBe('')
  expect(events.filter(({ kind }) => kind === 'tool-result')).toHaveLength(2)
})

test('a provider that fails for good is a fault of the infrastructure', async () => {
  await using provider = await FakeProvider.start()
  await using trial = await GatewayTrial.start([provider.provider()])
  const lease = await trial.lease()
  const failing: Misbehaviour = { kind: 'status', status: 500 }
  provider.misbehave(...Array.from({ length: 100 }, () => failing))
  await expect(play(lease)).rejects.toMatchObject({ code: 'model.provider-failed' })
})

test('streams that are cut on their way cost no turn', async () => {
  await using provider = await FakeProvider.start()
  await using trial = await GatewayTrial.start([provider.provider()])
  const lease = await trial.lease()
  working(provider, 2)
  provider.misbehave({ kind: 'cut' })
  const { end, events } = await play(lease)
  expect(end.outcome).toBe('scored')
  expect(events.filter(({ kind, turn }) => kind === 'message' && turn === 1)).toHaveLength(1)
})
