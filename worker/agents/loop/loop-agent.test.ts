import { readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bareContestant, type ContestantParameters } from '../../../coordinator/contract/sweep.ts'
import type { ModelFacts } from '../../../models/model.ts'
import type { Sandbox } from '../../../sandbox/sandbox.ts'
import type { Task } from '../../../tasks/task.ts'
import type { TemporaryFolder } from '../../../tasks/task-fixture.ts'
import {
  madeRun,
  madeTask,
  madeTrial,
  memoryCheckpoint,
  plainAccess,
  played,
} from '../../../test/support/agent-run.ts'
import { localSandbox } from '../../../test/support/local-sandbox.ts'
import { type ChatRequest, type Reply, startLoopModel } from '../../../test/support/loop-model.ts'
import type { AgentRun } from '../agent.ts'
import { loopAgent } from './loop-agent.ts'

let task: Task
let folder: TemporaryFolder
let sandbox: Sandbox
beforeAll(async () => {
  ;({ task, folder } = await madeTask({ 'instruction.md': 'Make it so.\n' }))
  sandbox = localSandbox(folder.path)
})
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

interface Setting {
  readonly parameters?: ContestantParameters
  readonly facts?: Partial<ModelFacts>
  readonly run?: Partial<AgentRun>
}

async function playedWith(
  reply: (request: ChatRequest, call: number) => Reply,
  { parameters = {}, facts, run = {} }: Setting = {},
) {
  await using model = await startLoopModel(reply)
  const known = { model: 'lab/m', price: null, contextTokens: null, maxOutputTokens: null }
  const modelFacts = facts === undefined ? null : { ...known, ...facts }
  const contestant = { ...bareContestant('loop'), model: 'lab/m', modelFacts, parameters }
  const checkpoint = memoryCheckpoint()
  const access = plainAccess(model.url)
  const trial = madeTrial(task, contestant)
  const whole = madeRun({ task, sandbox }, { access, trial, checkpoint, ...run })
  const { events, end } = await played(loopAgent({ backOffMs: 1 }), whole)
  return { events, end, requests: model.requests, saved: checkpoint.saved }
}

const bash = (command: string, more: object = {}) => ({ tool: 'bash', input: { command, ...more } })
const script =
  (...replies: readonly Reply[]) =>
  (_: unknown, call: number): Reply =>
    replies[call] ?? { text: 'done' }
const outcomes = (request: ChatRequest | undefined) =>
  request?.messages.filter(({ role }) => role === 'tool').map(({ content }) => content)

test('it calls tools until the model answers without one, and the record is in order', async () => {
  const { events, end, requests } = await playedWith(
    script({ text: 'Looking.', calls: [bash('cd /usr && pwd')] }, { calls: [bash('pwd; exit 3')] }),
  )
  expect(end).toEqual({ outcome: 'scored', detail: '' })
  expect(events.map(({ kind, turn = 0, tool = '' }) => `${turn} ${kind} ${tool}`)).toEqual([
    '0 message ',
    '1 message ',
    '1 tool-call bash',
    '1 tool-result bash',
    '2 tool-call bash',
    '2 tool-result bash',
    '3 message ',
  ])
  expect(events[0]?.body).toBe('Make it so.\n')
  expect(events[5]?.meta).toMatchObject({ exitCode: 3, timedOut: false, droppedBytes: 0 })
  expect(events[5]?.meta?.durationMs).toBeGreaterThanOrEqual(0)
  expect(outcomes(requests[2])).toEqual(['/usr\n', '/usr\n[exit code 3]'])
})

test('parameters reach the model', async () => {
  const { requests } = await playedWith(script(), {
    parameters: { temperature: 0.25, maxOutputTokens: 777, reasoningEffort: 'low' },
  })
  expect(requests[0]).toMatchObject({
    model: 'm',
    temperature: 0.25,
    max_tokens: 777,
    reasoning_effort: 'low',
  })
})

test('calls of one turn run at once, but bash and edits one after another in their order', async () => {
  const file = folder.at('order')
  const wait = `until [ -e ${file}-go ]; do sleep 0.02; done`
  const { end, requests } = await playedWith(
    script(
      { calls: [bash(wait, { background: true })] },
      {
        calls: [
          bash(`echo 1 >${file}`),
          { tool: 'job', input: { job: 'job-1-0', action: 'output', wait_seconds: 20 } },
          { tool: 'edit', input: { action: 'insert', path: file, insert_line: 1, new_text: '2' } },
          bash(`echo 3 >>${file}; touch ${file}-go`),
        ],
      },
    ),
  )
  expect(end.outcome).toBe('scored')
  expect(await readFile(file, 'utf8')).toBe('1\n23\n')
  expect(outcomes(requests[2])?.[2]).toContain('job-1-0 ended with exit code 0')
})

test('what the model gets wrong is told to it, and it may go on', async () => {
  const { end, requests } = await playedWith(
    script({
      calls: [
        { tool: 'none', input: {} },
        { tool: 'bash', input: '{"command": "ech' },
        { tool: 'bash', input: { comand: 'x' } },
        { tool: 'edit', input: { action: 'view', path: '/no/such' } },
      ],
    }),
  )
  expect(end.outcome).toBe('scored')
  expect(outcomes(requests[1])).toEqual([
    'There is no tool none. There are bash, job, edit.',
    expect.stringContaining('no JSON'),
    expect.stringContaining('comand: unknown field'),
    'There is no /no/such.',
  ])
})

test('edits are views, new files, unique replacements and insertions', async () => {
  const path = folder.at('deep/er/file.txt')
  const edit = (action: string, more: object = {}) => ({
    tool: 'edit',
    input: { action, path, ...more },
  })
  const { requests } = await playedWith(
    script({
      calls: [
        edit('create', { content: 'one\ntwo\ntwo\nthree\n' }),
        edit('create', { content: 'again' }),
        edit('replace', { old_text: 'two', new_text: '2' }),
        edit('replace', { old_text: 'two\nthree', new_text: '2\n3' }),
        edit('replace', { old_text: 'two  \n2', new_text: '' }),
        edit('view', { first_line: 2, last_line: 3 }),
      ],
    }),
  )
  expect(outcomes(requests[1])).toEqual([
    `Created ${path}.`,
    expect.stringContaining('exists already'),
    expect.stringContaining('stands 2 times, in lines 2, 3'),
    expect.stringContaining('     3\t2\n     4\t3'),
    expect.stringContaining('other white space'),
    '     2\ttwo\n     3\t2',
  ])
  expect(await readFile(path, 'utf8')).toBe('one\ntwo\n2\n3\n')
})

test('an edit keeps bytes and mode of a file, or says that it cannot', async () => {
  const path = folder.at('latin')
  await writeFile(path, Buffer.from([0x61, 0xe9, 0x0a]), { mode: 0o755 })
  const input = { action: 'replace', path, old_text: 'a', new_text: 'b' }
  const { requests } = await playedWith(script({ calls: [{ tool: 'edit', input }] }))
  expect(outcomes(requests[1])).toEqual([expect.stringContaining('no UTF-8')])
  expect([...(await readFile(path))]).toEqual([0x61, 0xe9, 0x0a])
})

test('it stops at its turns, with the calls of the last one made', async () => {
  const file = folder.at('turns')
  const { end, requests } = await playedWith(() => ({ calls: [bash(`echo x >>${file}`)] }), {
    parameters: { maxTurns: 3 },
  })
  expect(end).toEqual({ outcome: 'budget', detail: 'its 3 turns were used up' })
  expect(requests).toHaveLength(3)
  expect(await readFile(file, 'utf8')).toBe('x\nx\nx\n')
})

test('a spent budget ends it as budget, a lost provider as a fault of the infrastructure', async () => {
  const refusing = script({ status: 402, message: 'no more' })
  const ending = (kind: 'budget' | 'provider') => {
    const ended = { kind, message: 'it is over' }
    return playedWith(refusing, { run: { access: plainAccess('http://127.0.0.1:1', { ended }) } })
  }
  expect((await ending('budget')).end).toEqual({ outcome: 'budget', detail: 'it is over' })
  await expect(ending('provider')).rejects.toMatchObject({ code: 'model.provider-failed' })
})

test('answers that are lost on their way are asked for again, others not', async () => {
  const lost = await playedWith(script('cut', { status: 500, message: 'oops' }, { text: 'here' }))
  expect(lost.end.outcome).toBe('scored')
  expect(lost.requests).toHaveLength(3)
  const notes = lost.events.filter(({ kind }) => kind === 'note')
  expect(notes.map(({ body }) => body)).toEqual([
    expect.stringContaining('asks the model again'),
    expect.stringContaining('asks the model again'),
  ])
  const refused = await playedWith(script({ status: 400, message: 'temperature is no good' }))
  expect(refused.end).toMatchObject({ outcome: 'agent-error' })
  expect(refused.end.detail).toContain('temperature is no good')
  expect(refused.requests).toHaveLength(1)
})

test('a cut or empty answer is gone on from; three in a row are the end', async () => {
  const { end, requests } = await playedWith(
    script({ text: 'I will', finish: 'length' }, { text: '' }, { text: 'done' }),
  )
  expect(end.outcome).toBe('scored')
  expect(requests[1]?.messages.at(-1)?.content).toContain('cut at its greatest length')
  expect(requests[2]?.messages.at(-1)?.content).toContain('was empty')
  const stuck = await playedWith(() => ({ text: '' }))
  expect(stuck.end.outcome).toBe('agent-error')
  expect(stuck.requests).toHaveLength(3)
  const refused = await playedWith(script({ text: 'no', finish: 'content_filter' }))
  expect(refused.end).toEqual({ outcome: 'agent-error', detail: 'the model refused to go on' })
})

test('the prompt stays within the window: old turns are summed up, and the record says so', async () => {
  const long = 'w'.repeat(9_000)
  const { events, end, requests } = await playedWith(
    ({ messages, tools }) => {
      if (tools === undefined) return { text: 'SUMMARY: five files done' }
      const turns = messages.filter(({ role }) => role === 'assistant').length
      const summed = JSON.stringify(messages).includes('SUMMARY')
      const tokens = JSON.stringify(messages).length / 4
      if (summed && turns > 3) return { text: 'done' }
      return { calls: [bash(`echo ${long}`)], promptTokens: Math.round(tokens) }
    },
    { facts: { contextTokens: 40_000, maxOutputTokens: 4_000 } },
  )
  expect(end.outcome).toBe('scored')
  const compacted = events.filter(({ meta }) => meta?.compacted === true)
  expect(compacted).toHaveLength(1)
  expect(compacted[0]).toMatchObject({ kind: 'note', body: 'SUMMARY: five files done' })
  for (const request of requests) {
    expect(JSON.stringify(request.messages).length / 4).toBeLessThan(36_000)
    expect(request.messages[1]?.content).toContain('Make it so.')
  }
  const after = requests.find(
    ({ tools, messages }) => tools && JSON.stringify(messages).includes('SUMMARY'),
  )
  expect(after?.messages.map(({ role }) => role).slice(0, 4)).toEqual([
    'system',
    'user',
    'user',
    'assistant',
  ])
})

test('a prompt that is too long after all is summed up and asked again', async () => {
  const tooLong = { status: 400, message: "This model's maximum context length is 8192 tokens" }
  const { end, events } = await playedWith(
    script(
      { calls: [bash('echo 1')] },
      { calls: [bash('echo 2')] },
      tooLong,
      { text: 'the summary' },
      tooLong,
      tooLong,
      {
        text: 'done',
      },
    ),
  )
  expect(end).toEqual({ outcome: 'scored', detail: '' })
  const summaries = events.filter(({ meta }) => meta?.compacted === true).map(({ body }) => body)
  expect(summaries).toEqual(['the summary', expect.stringContaining('bash {"command":"echo 2"}')])
  const never = await playedWith(() => tooLong)
  expect(never.end.outcome).toBe('agent-error')
})

test('it ends soon when its time is over, in the middle of a call and of an answer', async () => {
  const during = async (reply: Reply) => {
    const abort = new AbortController()
    const startedAt = performance.now()
    const playing = playedWith(
      () => {
        setTimeout(() => abort.abort(), 150)
        return reply
      },
      { run: { signal: abort.signal } },
    )
    const { end, events } = await playing
    expect(performance.now() - startedAt).toBeLessThan(3_000)
    return { end, last: events.at(-1) }
  }
  const timeout = { outcome: 'agent-timeout', detail: 'its time was over' }
  const inCall = await during({ calls: [bash('sleep 43216')] })
  expect(inCall.end).toEqual(timeout)
  expect(inCall.last).toMatchObject({ kind: 'tool-result', body: expect.stringContaining('cut') })
  expect((await during('silence')).end).toEqual(timeout)
})

test('the log grows with the turn, not with the history', async () => {
  const turns = 40
  const { saved } = await playedWith((_, call) =>
    call < turns ? { calls: [bash(`echo ${call}`)] } : { text: 'done' },
  )
  const sizes = saved.map((line) => line.length)
  expect(Math.max(...sizes)).toBeLessThan(2_000)
  expect(saved).toHaveLength(1 + 3 * turns + 2)
})
