import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bareContestant } from '../../../coordinator/contract/sweep.ts'
import { DIALECTS } from '../../../core/model-call.ts'
import type { Sandbox } from '../../../sandbox/sandbox.ts'
import type { Task } from '../../../tasks/task.ts'
import type { TemporaryFolder } from '../../../tasks/task-fixture.ts'
import {
  madeRun,
  madeTask,
  madeTrial,
  plainAccess,
  played,
} from '../../../test/support/agent-run.ts'
import { FakeProvider } from '../../../test/support/fake-provider.ts'
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

test.each(DIALECTS)('in the dialect %s, calls and results go there and back', async (dialect) => {
  await using provider = await FakeProvider.start()
  const file = folder.at(dialect)
  const bash = (command: string) => ({ name: 'bash', input: { command } })
  provider.answer = () =>
    provider.requests.length === 1
      ? { text: ['Look', 'ing.'], tools: [bash(`echo seen | tee ${file}`), bash('echo second')] }
      : { text: ['All done.'] }
  const contestant = {
    ...bareContestant('loop'),
    model: 'fake/m',
    parameters: { maxOutputTokens: 3_000, temperature: 0.5 },
  }
  const access = plainAccess(provider.url, { dialects: [dialect], model: 'some-model' })
  const { end, events } = await played(
    loopAgent(),
    madeRun({ task, sandbox }, { access, trial: madeTrial(task, contestant) }),
  )
  expect(end).toEqual({ outcome: 'scored', detail: '' })
  expect(await readFile(file, 'utf8')).toBe('seen\n')
  const texts = events.filter(({ kind, turn }) => kind === 'message' && turn !== undefined)
  expect(texts.map(({ body }) => body)).toEqual(['Looking.', 'All done.'])

  expect(provider.requests.map(({ call, key }) => [call.model, call.stream, key])).toEqual([
    ['some-model', true, 'sbench-test'],
    ['some-model', true, 'sbench-test'],
  ])
  expect(provider.requests[0]?.dialect).toBe(dialect)
  expect(provider.requests[0]?.call.maxOutputTokens).toBe(3_000)
  const second = JSON.stringify(provider.requests[1]?.body)
  for (const part of ['Do it.', 'Looking.', 'echo second', 'seen\\n', 'second\\n']) {
    expect(second).toContain(part)
  }
})

test('Anthropic is told up to where a prompt stays the same', async () => {
  await using provider = await FakeProvider.start()
  const access = plainAccess(provider.url, { dialects: ['anthropic-messages'] })
  await played(loopAgent(), madeRun({ task, sandbox }, { access }))
  const body = JSON.stringify(provider.requests[0]?.body)
  expect(body.match(/"cache_control":\{"type":"ephemeral"\}/g)).toHaveLength(2)
})

test('answers that break off are asked for again in every dialect', async () => {
  for (const dialect of DIALECTS) {
    await using provider = await FakeProvider.start()
    provider.misbehave({ kind: 'cut' })
    const access = plainAccess(provider.url, { dialects: [dialect] })
    const agent = loopAgent({ backOffMs: 1 })
    const { end, events } = await played(agent, madeRun({ task, sandbox }, { access }))
    expect(end, dialect).toEqual({ outcome: 'scored', detail: '' })
    expect(provider.requests, dialect).toHaveLength(2)
    expect(events.map(({ body = '' }) => body).join()).toContain('asks the model again')
  }
})
