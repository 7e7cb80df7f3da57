import { describe, expect, test } from 'vitest'
import { DIALECTS, type DialectName } from '../../../core/model-call.ts'
import type { JsonObject } from './dialect.ts'
import { callOf } from './dialect-fixture.ts'
import { dialects } from './dialects.ts'
import { bodySent } from './provider-fixture.ts'

const SCHEMA = { type: 'object', properties: { command: { type: 'string' } } }
const IMAGE = 'iVBORw0KGgo='
const mark = { cache_control: { type: 'ephemeral', ttl: '1h' } }

/** What Claude Code 2.1 sends in the second turn of a task. */
const CLAUDE_CODE: JsonObject = {
  model: 'claude-x',
  max_tokens: 32_000,
  stream: true,
  metadata: { user_id: '{"session":"s"}' },
  thinking: { type: 'enabled', budget_tokens: 31_999, display: 'summarized' },
  context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
  system: [
    { type: 'text', text: 'billing header' },
    { type: 'text', text: 'You are an agent.', ...mark },
  ],
  tools: [
    { name: 'Bash', description: 'runs', input_schema: SCHEMA },
    { name: 'Later', description: 'waits', input_schema: SCHEMA, defer_loading: true },
    { type: 'web_search_20250305', name: 'web_search', max_uses: 8 },
  ],
  messages: [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'reminder' },
        { type: 'text', text: 'go' },
      ],
    },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'Let me look.', signature: 'c2ln' },
        { type: 'text', text: 'I look.' },
        { type: 'tool_use', id: 'toolu_1', name: 'Bash', input: { command: 'ls' } },
        { type: 'tool_use', id: 'toolu_2', name: 'Read', input: { file: 'a.png' } },
      ],
    },
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'toolu_1', content: 'no such file', is_error: true },
        {
          type: 'tool_result',
          tool_use_id: 'toolu_2',
          content: [
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: IMAGE } },
          ],
        },
        { type: 'text', text: 'go on', ...mark },
      ],
    },
  ],
}

/** What Codex 0.169 sends in the second turn of a task. */
const CODEX: JsonObject = {
  model: 'gpt-x',
  instructions: 'You are an agent.',
  stream: true,
  store: false,
  include: ['reasoning.encrypted_content'],
  prompt_cache_key: 'session',
  parallel_tool_calls: true,
  tool_choice: 'auto',
  reasoning: { effort: 'medium', summary: 'auto' },
  client_metadata: { installation: 'x' },
  tools: [
    { type: 'function', name: 'exec_command', strict: false, parameters: SCHEMA },
    { type: 'custom', name: 'apply_patch', description: 'patches', format: { type: 'grammar' } },
    { type: 'local_shell' },
    { type: 'web_search', external_web_access: false },
    {
      type: 'namespace',
      name: 'mcp__files',
      description: 'files',
      tools: [{ type: 'function', name: 'read', strict: false, parameters: SCHEMA }],
    },
  ],
  input: [
    { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'sandbox' }] },
    { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'go' }] },
    { type: 'reasoning', summary: [], content: null, encrypted_content: 'opaque' },
    { type: 'function_call', call_id: 'c1', name: 'exec_command', arguments: '{"command":"ls"}' },
    { type: 'custom_tool_call', call_id: 'c2', name: 'apply_patch', input: '*** Begin Patch' },
    {
      type: 'function_call',
      call_id: 'c3',
      name: 'read',
      namespace: 'mcp__files',
      arguments: '{}',
    },
    { type: 'local_shell_call', call_id: 'c4', status: 'completed', action: { type: 'exec' } },
    { type: 'function_call_output', call_id: 'c1', output: 'a.txt' },
    { type: 'custom_tool_call_output', call_id: 'c2', output: 'done' },
    {
      type: 'function_call_output',
      call_id: 'c3',
      output: [{ type: 'input_image', image_url: `data:image/png;base64,${IMAGE}` }],
    },
    { type: 'function_call_output', call_id: 'c4', output: 'gone' },
  ],
}

/** What Gemini CLI 0.61 sends in the second turn of a task. */
const GEMINI_CLI: JsonObject = {
  systemInstruction: { role: 'user', parts: [{ text: 'You are an agent.' }] },
  generationConfig: {
    temperature: 1,
    topP: 0.95,
    topK: 64,
    thinkingConfig: { includeThoughts: true, thinkingBudget: 8_192 },
  },
  tools: [
    {
      functionDeclarations: [
        { name: 'run_shell_command', description: 'runs', parametersJsonSchema: SCHEMA },
        {
          name: 'read_file',
          parameters: { type: 'OBJECT', properties: { a: { type: 'STRING', nullable: true } } },
        },
      ],
    },
  ],
  contents: [
    { role: 'user', parts: [{ text: 'context' }] },
    { role: 'user', parts: [{ text: 'go' }] },
    {
      role: 'model',
      parts: [
        { text: 'I look.' },
        {
          functionCall: { id: 'run_1', name: 'run_shell_command', args: { command: 'ls' } },
          thoughtSignature: 'skip_thought_signature_validator',
        },
        { functionCall: { name: 'read_file', args: { a: 'b' } } },
      ],
    },
    {
      role: 'user',
      parts: [
        {
          functionResponse: { id: 'run_1', name: 'run_shell_command', response: { output: 'a' } },
        },
        { functionResponse: { name: 'read_file', response: { error: 'no such file' } } },
      ],
    },
  ],
}

/** What mini-swe-agent and OpenHands send through litellm. */
const LITELLM: JsonObject = {
  model: 'gpt-x',
  stream: false,
  temperature: 0,
  messages: [
    { role: 'system', content: [{ type: 'text', text: 'You are an agent.', ...mark }] },
    { role: 'user', content: 'go' },
    {
      role: 'assistant',
      content: null,
      reasoning_content: 'Let me look.',
      tool_calls: [
        { id: 'c1', type: 'function', function: { name: 'bash', arguments: '{"command":"ls"}' } },
      ],
    },
    { role: 'tool', tool_call_id: 'c1', name: 'bash', content: [{ type: 'text', text: 'a.txt' }] },
  ],
  tools: [{ type: 'function', function: { name: 'bash', parameters: SCHEMA } }],
}

const AGENTS: readonly [agent: string, speaks: DialectName, body: JsonObject][] = [
  ['Claude Code', 'anthropic-messages', CLAUDE_CODE],
  ['Codex', 'openai-responses', CODEX],
  ['Gemini CLI', 'gemini', GEMINI_CLI],
  ['litellm', 'openai-chat', LITELLM],
]

/** In any dialect: the same agent loses no more than this. */
const LOST: Readonly<Record<string, readonly string[]>> = {
  'Claude Code': [
    'metadata',
    'context_management',
    'thinking.display',
    'thinking.budget_tokens',
    'system[1].cache_control',
    'tools[1].defer_loading',
    'tools[2].type',
    'messages[1].content[0].signature',
    'messages[1].content[0].thinking',
    'messages[2].content[2].cache_control',
  ],
  Codex: [
    'client_metadata',
    'prompt_cache_key',
    'parallel_tool_calls',
    'reasoning.summary',
    'tools[1].format',
    'tools[2].type',
    'tools[3].type',
    'input[2].encrypted_content',
    'input[6].type',
    'input[10].type',
  ],
  'Gemini CLI': [
    'generationConfig.topK',
    'generationConfig.thinkingConfig.thinkingBudget',
    'generationConfig.thinkingConfig.includeThoughts',
  ],
  litellm: ['messages[0].content[0].cache_control', 'messages[2].reasoning_content'],
}

describe.each(AGENTS)('%s', (agent, speaks, body) => {
  test.each(DIALECTS.filter((to) => to !== speaks))('can be given a model of %s', async (to) => {
    const { request, lost } = dialects[speaks].parse(callOf(true), body, to)
    expect(LOST[agent]).toEqual(expect.arrayContaining([...lost]))
    const sent = JSON.stringify(await bodySent(to, request))
    expect(sent).toContain('You are an agent.')
    expect(sent).toContain('ls')
    expect(sent).not.toContain('web_search')
  })

  test('says all that it has to a model of our own', () => {
    const { request } = dialects[speaks].parse(callOf(true), body)
    expect(request.prompt[0]).toMatchObject({ role: 'system' })
    expect(JSON.stringify(request.prompt[0])).toContain('You are an agent.')
    expect(request.prompt.at(-1)).toMatchObject(
      agent === 'Claude Code' ? { role: 'user' } : { role: 'tool' },
    )
    expect(request.tools?.every(({ type }) => type === 'function')).toBe(true)
  })
})

test("an image that a tool gives back reaches a model of Chat Completions in the user's next turn", async () => {
  const { request } = dialects['anthropic-messages'].parse(callOf(true), CLAUDE_CODE, 'openai-chat')
  const { messages } = await bodySent('openai-chat', request)
  expect(messages).toMatchObject([
    { role: 'system' },
    { role: 'user' },
    { role: 'assistant', tool_calls: [{ id: 'toolu_1' }, { id: 'toolu_2' }] },
    { role: 'tool', tool_call_id: 'toolu_1', content: 'Error: no such file' },
    { role: 'tool', tool_call_id: 'toolu_2' },
    {
      role: 'user',
      content: [{ type: 'image_url', image_url: { url: `data:image/png;base64,${IMAGE}` } }],
    },
    { role: 'user', content: 'go on' },
  ])
})

test('tools in a namespace get names that every vendor takes, each its own', () => {
  const call = dialects['openai-responses'].read('POST', '/v1/responses', CODEX)
  expect(call?.renamedTools).toEqual({
    apply_patch: { name: 'apply_patch', namespace: null, kind: 'text' },
    mcp__files__read: { name: 'read', namespace: 'mcp__files', kind: 'function' },
  })
  const long = (name: string) => ({
    type: 'namespace',
    name: `mcp__${'x'.repeat(60)}`,
    tools: [{ type: 'function', name, parameters: SCHEMA }],
  })
  const body = { ...CODEX, tools: [long('one'), long('two')] }
  const names = Object.keys(
    dialects['openai-responses'].read('POST', '/v1/responses', body)?.renamedTools ?? {},
  )
  expect(new Set(names).size).toBe(2)
  for (const name of names) expect(name).toMatch(/^[\w-]{1,64}$/)
})

test("a schema in Google's words becomes a JSON schema", () => {
  const { request } = dialects.gemini.parse(callOf(true), GEMINI_CLI)
  expect(request.tools).toMatchObject([
    { name: 'run_shell_command', inputSchema: SCHEMA },
    {
      name: 'read_file',
      inputSchema: { type: 'object', properties: { a: { type: ['string', 'null'] } } },
    },
  ])
})

test('Google takes both spellings of a field', () => {
  const snake = {
    system_instruction: { parts: [{ text: 'be good' }] },
    contents: [
      {
        role: 'model',
        parts: [{ function_call: { name: 'f', args: { snake_case: 1 } } }],
      },
    ],
    generation_config: { max_output_tokens: 7 },
  }
  const path = '/v1beta/models/m:generateContent'
  expect(dialects.gemini.read('POST', path, snake)?.maxOutputTokens).toBe(7)
  const { request, lost } = dialects.gemini.parse(callOf(false), snake)
  expect(lost).toEqual([])
  expect(request.prompt).toMatchObject([
    { role: 'system', content: 'be good' },
    { role: 'assistant', content: [{ input: { snake_case: 1 } }] },
  ])
})
