import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { LanguageModelV4FunctionTool, LanguageModelV4Message } from '@ai-sdk/provider'
import { expect, test } from 'vitest'
import { TemporaryFolder } from '../../../tasks/task-fixture.ts'
import type { CanonicalPart, CanonicalRequest } from '../dialects/dialect.ts'
import { loadPlan } from './load-plan.ts'
import type { Plan, ShellStep } from './plan.ts'
import { scriptedAnswer } from './scripted-answer.ts'

const user = (text: string): LanguageModelV4Message => ({
  role: 'user',
  content: [{ type: 'text', text }],
})
const tool = (
  name: string,
  properties: Record<string, { type: 'string' | 'array' }>,
  required: string[],
): LanguageModelV4FunctionTool => ({
  type: 'function',
  name,
  inputSchema: { type: 'object', properties, required },
})
const BASH = tool('bash', { command: { type: 'string' } }, ['command'])
const plan: Plan = {
  steps: [
    { say: 'first', run: 'echo 1' },
    { say: 'second', run: 'echo 2' },
  ],
  final: 'done',
}

function callIn(parts: readonly CanonicalPart[]) {
  const call = parts.find((part) => part.type === 'tool-call')
  return call?.type === 'tool-call' ? call : null
}

/** Plays the plan as an agent would, until an answer has no call in it. */
function play(tools: CanonicalRequest['tools'], limit = 10, played = plan) {
  const prompt = [user('do it')]
  const inputs: unknown[] = []
  for (let turn = 0; turn < limit; turn++) {
    const call = callIn(scriptedAnswer(played, { prompt, ...(tools ? { tools } : {}) }))
    if (call === null) return { prompt, inputs }
    const { toolCallId, toolName } = call
    const input: unknown = JSON.parse(call.input)
    inputs.push(input)
    prompt.push({
      role: 'assistant',
      content: [{ type: 'tool-call', toolCallId, toolName, input }],
    })
    const output = { type: 'text', value: 'ok' } as const
    prompt.push({ role: 'tool', content: [{ type: 'tool-result', toolCallId, toolName, output }] })
  }
  return { prompt, inputs }
}

test.each([
  ['bash', BASH, [{ command: 'echo 1' }, { command: 'echo 2' }]],
  [
    'an array of words, as Codex has it',
    tool('shell', { command: { type: 'array' }, workdir: { type: 'string' } }, ['command']),
    [{ command: ['bash', '-c', 'echo 1'] }, { command: ['bash', '-c', 'echo 2'] }],
  ],
  [
    'another name of the argument, and a description that must be there',
    tool('exec_command', { cmd: { type: 'string' }, why: { type: 'string' } }, ['cmd', 'why']),
    [
      { cmd: 'echo 1', why: 'first' },
      { cmd: 'echo 2', why: 'second' },
    ],
  ],
])('each step becomes a call of the shell tool that the agent offers: %s', (_, offered, wanted) => {
  expect(play([tool('edit', {}, []), offered]).inputs).toEqual(wanted)
})

const noting: Plan = {
  steps: [{ say: '', tool: 'my-notes/add_note', input: { text: 'hello' } }],
  final: 'done',
}

test.each([
  'mcp__my_notes__add_note',
  'mcp__my-notes__add_note',
  'my-notes_add_note',
  'mcp_my-notes_add_note',
  'add_note',
])(
  'a step that uses an MCP server becomes a call of the tool that the agent offers: %s',
  (name) => {
    const others = [tool('add_notes', {}, []), tool('mcp__my_notes__readd_note', {}, [])]
    const { inputs, prompt } = play([BASH, ...others, tool(name, {}, [])], 10, noting)
    expect(inputs).toEqual([{ text: 'hello' }])
    expect(JSON.stringify(prompt)).toContain(`"toolName":"${name}"`)
  },
)

test('an agent that does not offer an MCP tool of the plan is named what it offers', () => {
  expect(() => play([BASH], 10, noting)).toThrowError(
    expect.objectContaining({
      code: 'task.invalid',
      message: expect.stringMatching(/my-notes\/add_note.*bash/),
    }),
  )
})

test('an agent with a tool for the end gets it called', () => {
  const finish = tool('finish', { message: { type: 'string' } }, ['message'])
  expect(play([BASH, finish], 3).inputs.at(-1)).toEqual({ message: 'done' })
})

test('a conversation that goes on past the last words is refused', () => {
  const { prompt } = play([BASH])
  const content = [{ type: 'text', text: 'done' } as const]
  const longer = [...prompt, { role: 'assistant' as const, content }, user('and now?')]
  expect(() => scriptedAnswer(plan, { prompt: longer, tools: [BASH] })).toThrowError(
    expect.objectContaining({ code: 'model.plan-ran-out' }),
  )
})

test('a plan without last words is refused where it stops', () => {
  expect(() =>
    scriptedAnswer({ steps: [], final: null }, { prompt: [user('do it')], tools: [BASH] }),
  ).toThrowError(expect.objectContaining({ code: 'model.plan-ran-out' }))
})

test('an errand without tools gets words, whatever the plan says', () => {
  const parts = scriptedAnswer(plan, { prompt: [user('a title, please')] })
  expect(callIn(parts)).toBeNull()
  expect(parts.at(-1)).toMatchObject({ type: 'finish', finishReason: { unified: 'stop' } })
})

test('the plan of a task carries out its solution from a folder of its own', async () => {
  await using folder = await TemporaryFolder.with({
    'solution/deep/answer.txt': 'forty-two\n',
    'solution/noise.bin': randomBytes(9_000),
  })
  const { path: dir } = folder
  const script = `#!/bin/bash\nset -e\ncp /solution/deep/answer.txt ${dir}/result.txt\n`
  await folder.write({ 'solution/solve.sh': script })
  const { steps } = await loadPlan(dir, 'engineer')
  const said: string[] = []
  for (const step of steps) {
    const { run } = step as ShellStep
    expect(run.length).toBeLessThan(4_000)
    expect(run).not.toMatch(/\n|\$\(|`|rm /)
    const { stdout } = await promisify(execFile)('sh', ['-c', `${run} || true`])
    said.push(stdout)
  }
  expect(said.join()).toContain('applied')
  expect(await readFile(join(dir, 'result.txt'), 'utf8')).toBe('forty-two\n')
})

test('a plan of the task’s own goes before that, and its mistakes are named', async () => {
  await using folder = await TemporaryFolder.with({
    'plans/short.yaml': 'steps: [{run: ls}]\n',
    'plans/mcp.yaml': 'steps: [{tool: notes/list}]\n',
  })
  const { path: dir } = folder
  expect(await loadPlan(dir, 'short')).toEqual({ steps: [{ say: '', run: 'ls' }], final: null })
  const used = { say: '', tool: 'notes/list', input: {} }
  expect(await loadPlan(dir, 'mcp')).toEqual({ steps: [used], final: null })
  for (const bad of ['{runs: ls}', '{say: no}', '{run: ls, tool: a/b}', '{tool: notes}']) {
    await folder.write({ 'plans/bad.yaml': `steps: [${bad}]\nend: x\n` })
    await expect(loadPlan(dir, 'bad')).rejects.toMatchObject({ code: 'task.invalid' })
  }
  await expect(loadPlan(dir, 'none')).rejects.toMatchObject({ code: 'model.not-found' })
})
