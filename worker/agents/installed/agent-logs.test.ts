import { expect, test } from 'vitest'
import type { NewEvent } from '../agent.ts'
import { AgentLog, type LogLine } from './agent-log.ts'
import type { AgentDefinition } from './definition.ts'
import { INSTALLED_AGENTS } from './installed-agents.ts'

const definitionOf = (name: string): AgentDefinition => {
  const found = INSTALLED_AGENTS.find((definition) => definition.name === name)
  if (found === undefined) throw new Error(`no agent ${name}`)
  return found
}

/** Reads lines, each by a log that only knows what the one before it saved. */
function readAll(name: string, lines: readonly LogLine[]): { events: NewEvent[]; log: AgentLog } {
  let log = new AgentLog()
  const events = lines.flatMap((line) => {
    log = AgentLog.of(JSON.parse(JSON.stringify(log.state)))
    definitionOf(name).read(line, log)
    return log.take()
  })
  return { events, log }
}

const brief = ({ kind, turn, tool = '', body }: NewEvent) => [kind, turn, tool, body]

const assistant = (id: string, ...content: LogLine[]) => ({
  type: 'assistant',
  message: { id, role: 'assistant', content },
  parent_tool_use_id: null,
})
const user = (...content: LogLine[]) => ({ type: 'user', message: { role: 'user', content } })

test('Claude Code: an answer is a turn, however many lines and tools it has', () => {
  const use = (id: string) => ({ type: 'tool_use', id, name: 'Bash', input: { command: id } })
  const answer = (id: string) => ({ type: 'tool_result', tool_use_id: id, content: `did ${id}` })
  const { events, log } = readAll('claude-code', [
    { type: 'system', subtype: 'init' },
    assistant('m1', { type: 'thinking', thinking: 'hm', signature: 's' }),
    assistant('m1', { type: 'text', text: 'Two at once.' }),
    assistant('m1', use('a')),
    assistant('m1', use('b')),
    user({ ...answer('b'), is_error: true, content: [{ type: 'text', text: 'no' }] }),
    user(answer('a')),
    assistant('m2', { type: 'text', text: 'Done.' }),
    { type: 'result', subtype: 'success', is_error: false, result: 'Done.' },
  ])
  expect(events.map(brief)).toEqual([
    ['message', 1, '', 'hm'],
    ['message', 1, '', 'Two at once.'],
    ['tool-call', 1, 'Bash', '{"command":"a"}'],
    ['tool-call', 1, 'Bash', '{"command":"b"}'],
    ['tool-result', 1, 'Bash', 'no'],
    ['tool-result', 1, 'Bash', 'did a'],
    ['message', 2, '', 'Done.'],
  ])
  expect(events[4]?.meta).toMatchObject({ id: 'b', isError: true })
  expect(log.end).toEqual({ outcome: 'scored', detail: '' })
})

test('Codex: commands, patches and MCP calls are tools; its end is read', () => {
  const item = (type: string, id: string, rest: LogLine) => ({ type, item: { id, ...rest } })
  const ls = { type: 'command_execution', command: 'ls' }
  const { events, log } = readAll('codex', [
    { type: 'thread.started', thread_id: 't' },
    { type: 'turn.started' },
    item('item.started', 'i0', { ...ls, aggregated_output: '', exit_code: null }),
    item('item.completed', 'i0', { ...ls, aggregated_output: 'a\n', exit_code: 2 }),
    item('item.completed', 'i1', { type: 'reasoning', text: 'hm' }),
    item('item.completed', 'i2', {
      type: 'file_change',
      changes: [{ path: 'a', kind: 'add' }],
      status: 'completed',
    }),
    item('item.completed', 'i3', { type: 'agent_message', text: 'Done.' }),
    { type: 'turn.completed', usage: {} },
  ])
  expect(events.map(brief)).toEqual([
    ['tool-call', 1, 'shell', 'ls'],
    ['tool-result', 1, 'shell', 'a\n'],
    ['message', 2, '', 'hm'],
    ['tool-call', 2, 'apply_patch', '[{"path":"a","kind":"add"}]'],
    ['tool-result', 2, 'apply_patch', 'completed'],
    ['message', 3, '', 'Done.'],
  ])
  expect(events[1]?.meta).toEqual({ id: 'i0', exitCode: 2 })
  expect(log.end?.outcome).toBe('scored')
  const failed = readAll('codex', [{ type: 'turn.failed', error: { message: 'no model' } }])
  expect(failed.log.end).toEqual({ outcome: 'agent-error', detail: 'no model' })
})

test('Gemini CLI, OpenCode and the drivers: a call, its result, a text, an end', () => {
  const gemini = readAll('gemini-cli', [
    { type: 'init', model: 'm' },
    { type: 'message', role: 'user', content: 'Do it.' },
    {
      type: 'tool_use',
      tool_id: 'c',
      tool_name: 'run_shell_command',
      parameters: { command: 'x' },
    },
    { type: 'tool_result', tool_id: 'c', status: 'success', output: 'out' },
    { type: 'message', role: 'assistant', content: 'Done.', delta: true },
    { type: 'result', status: 'success', stats: {} },
  ])
  expect(gemini.events.map(brief)).toEqual([
    ['tool-call', 1, 'run_shell_command', '{"command":"x"}'],
    ['tool-result', 1, 'run_shell_command', 'out'],
    ['message', 2, '', 'Done.'],
  ])
  const part = { messageID: 'm1' }
  const state = {
    status: 'completed',
    input: { command: 'x' },
    output: 'out',
    metadata: { exit: 1 },
  }
  const opencode = readAll('opencode', [
    { type: 'step_start', part },
    { type: 'tool_use', part: { ...part, callID: 'c', tool: 'bash', state } },
    { type: 'text', part: { messageID: 'm2', text: 'Done.' } },
  ])
  expect(opencode.events.map(brief)).toEqual([
    ['tool-call', 1, 'bash', '{"command":"x"}'],
    ['tool-result', 1, 'bash', 'out'],
    ['message', 2, '', 'Done.'],
  ])
  const driven = readAll('openhands', [
    { type: 'tool-call', id: 'c', name: 'terminal', input: '{"command":"x"}', answer: 'r1' },
    { type: 'tool-result', id: 'c', text: 'out', error: false },
    { type: 'message', text: 'Done.', answer: 'r2' },
    { type: 'end', reason: 'done', detail: '' },
  ])
  expect(driven.events.map(brief)).toEqual([
    ['tool-call', 1, 'terminal', '{"command":"x"}'],
    ['tool-result', 1, 'terminal', 'out'],
    ['message', 2, '', 'Done.'],
  ])
  for (const { log } of [gemini, driven]) expect(log.end?.outcome).toBe('scored')
})

test.each([
  ['claude-code', { type: 'result', subtype: 'error_max_turns', is_error: true }],
  [
    'gemini-cli',
    { type: 'result', status: 'error', error: { type: 'FatalTurnLimitedError', message: 'x' } },
  ],
  ['mini-swe-agent', { type: 'end', reason: 'turns', detail: 'x' }],
])('%s: using up its turns is its budget', (name, line) => {
  expect(readAll(name, [line]).log.end?.outcome).toBe('budget')
})

test('a line that no agent of ours writes is kept as output', () => {
  for (const { name } of INSTALLED_AGENTS) {
    const line = { type: 'news', of: [name] }
    const { events, log } = readAll(name, [line])
    expect(events.map(({ kind, body }) => [kind, body])).toEqual([['output', JSON.stringify(line)]])
    expect(log.end).toBeNull()
  }
})
