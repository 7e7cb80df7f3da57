import { describe, expect, test } from 'vitest'
import { DIALECTS, type DialectName } from '../../../core/model-call.ts'
import type { JsonObject } from './dialect.ts'
import { callOf } from './dialect-fixture.ts'
import { dialects } from './dialects.ts'
import { fieldOf, LOSSES } from './losses.ts'
import { bodySent } from './provider-fixture.ts'

/** A request that holds a field of the table. */
interface Sample {
  readonly field: string
  readonly body: JsonObject
  /** What the provider's body holds when the field was carried over; null when something else goes in its place. */
  readonly seen: RegExp | null
}

const MARK = 'marker-4711'
const SEEN = /marker-4711/
const SCHEMA = { type: 'object', properties: { a: { type: 'string' } } }

const anthropic = (field: string, more: JsonObject, seen: RegExp | null = SEEN): Sample => ({
  field,
  seen,
  body: { max_tokens: 100, messages: [{ role: 'user', content: 'hello' }], ...more },
})
const said = (field: string, block: JsonObject, seen: RegExp | null = SEEN): Sample =>
  anthropic(
    `messages[].content[].${field}`,
    {
      messages: [
        { role: 'user', content: 'hello' },
        { role: 'assistant', content: [{ type: 'text', text: 'yes' }, block] },
      ],
    },
    seen,
  )
const asked = (field: string, block: JsonObject, seen: RegExp | null = SEEN): Sample =>
  anthropic(
    `messages[].content[].${field}`,
    { messages: [{ role: 'user', content: [{ type: 'text', text: 'hello' }, block] }] },
    seen,
  )
const returned = (field: string, result: JsonObject, seen: RegExp | null = SEEN): Sample =>
  anthropic(
    `messages[].content[].${field}`,
    {
      messages: [
        { role: 'assistant', content: [{ type: 'tool_use', id: 'c', name: 'bash', input: {} }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c', ...result }] },
      ],
    },
    seen,
  )
const mark = { cache_control: { type: 'ephemeral' } }
const vendorFile = { type: 'file', file_id: MARK }
const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aaaa' } }
const tool = { name: 'bash', description: 'runs', input_schema: SCHEMA }

const FROM_ANTHROPIC: readonly Sample[] = [
  anthropic('top_k', { top_k: 4711 }, /4711/),
  anthropic('stop_sequences', { stop_sequences: [MARK] }),
  anthropic(
    'tool_choice.disable_parallel_tool_use',
    { tools: [tool], tool_choice: { type: 'auto', disable_parallel_tool_use: true } },
    /"parallel_tool_calls":false/,
  ),
  anthropic('tools[].strict', { tools: [{ ...tool, strict: true }] }, /"strict":true|VALIDATED/),
  anthropic('tools[].input_examples', { tools: [{ ...tool, input_examples: [{ a: MARK }] }] }),
  anthropic('tools[].type', { tools: [tool, { type: 'web_search_20250305', name: MARK }] }),
  anthropic('tools[].cache_control', { tools: [{ ...tool, ...mark }] }, /ephemeral/),
  anthropic('cache_control', mark, /ephemeral/),
  anthropic(
    'system[].cache_control',
    { system: [{ type: 'text', text: 'x', ...mark }] },
    /ephemeral/,
  ),
  anthropic('thinking.budget_tokens', { thinking: { type: 'enabled', budget_tokens: 4711 } }, null),
  anthropic(
    'messages[].role',
    {
      messages: [
        { role: 'user', content: 'hello' },
        { role: 'system', content: 'hurry' },
      ],
    },
    null,
  ),
  asked('cache_control', { type: 'text', text: 'hello', ...mark }, /ephemeral/),
  asked('type', { type: 'container_upload', file_id: MARK }),
  asked('source', { type: 'document', source: vendorFile }),
  said('thinking', { type: 'thinking', thinking: MARK, signature: 'theirs' }),
  said('signature', { type: 'thinking', thinking: 'hm', signature: MARK }),
  said('data', { type: 'redacted_thinking', data: MARK }),
  said('type', { type: 'server_tool_use', id: 's', name: MARK, input: {} }),
  returned('is_error', { is_error: true, content: [image] }, /is_error|"error"|Error:/),
  returned('content[].type', { content: [{ type: 'tool_reference', tool_name: MARK }] }),
  returned('content[].source', { content: [{ type: 'document', source: vendorFile }] }),
  returned(
    'content[].cache_control',
    { content: [{ type: 'text', text: 'x', ...mark }] },
    /ephemeral/,
  ),
]

const chat = (field: string, more: JsonObject, seen: RegExp | null = SEEN): Sample => ({
  field,
  seen,
  body: { messages: [{ role: 'user', content: 'hello' }], ...more },
})
const chatAsked = (field: string, part: JsonObject, seen: RegExp | null = SEEN): Sample =>
  chat(
    `messages[].content[].${field}`,
    { messages: [{ role: 'user', content: [{ type: 'text', text: 'hello' }, part] }] },
    seen,
  )
const chatTool = { type: 'function', function: { name: 'bash', parameters: SCHEMA } }
const format = { type: 'json_schema', json_schema: { name: 'x', schema: SCHEMA, strict: false } }

const FROM_CHAT: readonly Sample[] = [
  chat('seed', { seed: 4711 }, /4711/),
  chat('frequency_penalty', { frequency_penalty: 0.4711 }, /0\.4711/),
  chat('presence_penalty', { presence_penalty: 0.4711 }, /0\.4711/),
  chat('user', { user: MARK }),
  chat('metadata', { metadata: { a: MARK } }),
  chat('prompt_cache_key', { prompt_cache_key: MARK }),
  chat('service_tier', { service_tier: 'default' }, /"service_tier":"default"/),
  chat('verbosity', { verbosity: 'low' }, /"verbosity":"low"/),
  chat('stop', { stop: [MARK] }),
  chat('top_k', { top_k: 4711 }, /4711/),
  chat(
    'parallel_tool_calls',
    { tools: [chatTool], parallel_tool_calls: false },
    /"parallel_tool_calls":false|"disable_parallel_tool_use":true/,
  ),
  chat('response_format.type', { response_format: { type: 'json_object' } }, /json/),
  chat(
    'response_format.json_schema.name',
    {
      response_format: { ...format, json_schema: { ...format.json_schema, name: 'marker-4711' } },
    },
    SEEN,
  ),
  chat('response_format.json_schema.strict', { response_format: format }, /"strict":false/),
  chat(
    'tools[].function.strict',
    { tools: [{ type: 'function', function: { ...chatTool.function, strict: true } }] },
    /"strict":true|VALIDATED/,
  ),
  chat('tools[].type', { tools: [chatTool, { type: 'web_search', name: MARK }] }),
  chat('tools[].custom.format', {
    tools: [{ type: 'custom', custom: { name: 'patch', format: { type: MARK } } }],
  }),
  chat(
    'tool_choice.allowed_tools',
    {
      tools: [chatTool],
      tool_choice: {
        type: 'allowed_tools',
        allowed_tools: { mode: 'auto', tools: [{ name: MARK }] },
      },
    },
    SEEN,
  ),
  chat(
    'messages[].role',
    {
      messages: [
        { role: 'user', content: 'hello' },
        { role: 'developer', content: 'hurry' },
      ],
    },
    null,
  ),
  chat('messages[].name', { messages: [{ role: 'user', content: 'hello', name: MARK }] }),
  chat('messages[].reasoning_content', {
    messages: [
      { role: 'user', content: 'hello' },
      { role: 'assistant', content: 'hi', reasoning_content: MARK },
    ],
  }),
  chat(
    'messages[].tool_calls[].function.arguments',
    {
      messages: [
        { role: 'user', content: 'hello' },
        {
          role: 'assistant',
          tool_calls: [{ id: 'c', type: 'function', function: { name: 'x', arguments: '{"a' } }],
        },
      ],
    },
    null,
  ),
  chatAsked('cache_control', { type: 'text', text: 'x', ...mark }, /ephemeral/),
  chatAsked('type', { type: 'video_url', video_url: { url: MARK } }),
  chatAsked(
    'image_url.detail',
    { type: 'image_url', image_url: { url: 'https://a.test/a.png', detail: 'high' } },
    /"detail":"high"/,
  ),
  chatAsked('file', { type: 'file', file: { file_id: MARK } }),
  chatAsked(
    'image_url',
    { type: 'image_url', image_url: { url: 'data:video/x;base64,aaaa' } },
    null,
  ),
  chatAsked(
    'input_audio',
    { type: 'input_audio', input_audio: { data: 'aaaa', format: 'wav' } },
    null,
  ),
]

const responses = (field: string, more: JsonObject, seen: RegExp | null = SEEN): Sample => ({
  field,
  seen,
  body: { input: 'hello', ...more },
})
const item = (field: string, one: JsonObject, seen: RegExp | null = SEEN): Sample =>
  responses(`input[].${field}`, { input: [{ role: 'user', content: 'hello' }, one] }, seen)
const part = (field: string, one: JsonObject, seen: RegExp | null = SEEN): Sample =>
  item(`content[].${field}`, { role: 'user', content: [one] }, seen)
const result = (field: string, one: JsonObject, seen: RegExp | null = SEEN): Sample =>
  responses(
    `input[].output[].${field}`,
    {
      input: [
        { type: 'function_call', call_id: 'c', name: 'bash', arguments: '{}' },
        { type: 'function_call_output', call_id: 'c', output: [one] },
      ],
    },
    seen,
  )
const responsesTool = { type: 'function', name: 'bash', parameters: SCHEMA }
const textFormat = { type: 'json_schema', name: MARK, schema: SCHEMA, strict: false }
const space = (one: JsonObject) => ({ type: 'namespace', name: 'mcp__x', tools: [one] })
const FILE_FIELDS = [
  ['image_url', { type: 'input_image', image_url: 'data:video/x;base64,aaaa' }],
  ['file_data', { type: 'input_file', file_data: 'data:video/x;base64,aaaa' }],
  ['file_url', { type: 'input_file', file_url: 'https://a.test/a.wav' }],
  ['file_id', { type: 'input_file', file_id: MARK }],
] as const

const FROM_RESPONSES: readonly Sample[] = [
  responses('user', { user: MARK }),
  responses('metadata', { metadata: { a: MARK } }),
  responses('prompt_cache_key', { prompt_cache_key: MARK }),
  responses('service_tier', { service_tier: 'default' }, /"service_tier":"default"/),
  responses('text.verbosity', { text: { verbosity: 'low' } }, /"verbosity":"low"/),
  responses('text.format.name', { text: { format: textFormat } }),
  responses('text.format.strict', { text: { format: textFormat } }, /"strict":false/),
  responses('text.format.type', { text: { format: { type: 'json_object' } } }, /json/),
  responses(
    'parallel_tool_calls',
    { tools: [responsesTool], parallel_tool_calls: false },
    /"parallel_tool_calls":false|"disable_parallel_tool_use":true/,
  ),
  responses('reasoning.summary', { reasoning: { summary: 'auto' } }, null),
  responses('store', { store: true }, /"store":true/),
  responses('include[]', { include: ['message.output_text.logprobs'] }, /logprobs/),
  responses('tools[].type', { tools: [responsesTool, { type: 'web_search', x: MARK }] }),
  responses('tools[].tools[].type', { tools: [space({ type: 'web_search', x: MARK })] }),
  responses('tools[].format', { tools: [{ type: 'custom', name: 'p', format: { x: MARK } }] }),
  responses('tools[].tools[].format', {
    tools: [space({ type: 'custom', name: 'p', format: { x: MARK } })],
  }),
  responses(
    'tools[].strict',
    { tools: [{ ...responsesTool, strict: true }] },
    /"strict":true|VALIDATED/,
  ),
  responses(
    'tools[].tools[].strict',
    { tools: [space({ ...responsesTool, strict: true })] },
    /"strict":true|VALIDATED/,
  ),
  responses('tool_choice', {
    tools: [responsesTool],
    tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ name: MARK }] },
  }),
  item('role', { role: 'developer', content: 'hurry' }, null),
  item('type', { type: 'web_search_call', id: MARK }),
  item('summary', { type: 'reasoning', summary: [{ type: 'summary_text', text: MARK }] }),
  item('content', { type: 'reasoning', content: [{ type: 'reasoning_text', text: MARK }] }),
  item('encrypted_content', { type: 'reasoning', summary: [], encrypted_content: MARK }),
  item('arguments', { type: 'function_call', call_id: 'c', name: 'x', arguments: '{"a' }, null),
  part('type', { type: 'input_audio', input_audio: MARK }),
  result('type', { type: 'input_audio', input_audio: MARK }),
  part(
    'detail',
    { type: 'input_image', image_url: 'https://a.test/a.png', detail: 'high' },
    /"detail":"high"/,
  ),
  result(
    'detail',
    { type: 'input_image', image_url: 'https://a.test/a.png', detail: 'high' },
    /"detail":"high"/,
  ),
  ...FILE_FIELDS.flatMap(([field, one]) => [part(field, one, null), result(field, one, null)]),
]

const google = (field: string, more: JsonObject, seen: RegExp | null = SEEN): Sample => ({
  field,
  seen,
  body: { contents: [{ role: 'user', parts: [{ text: 'hello' }] }], ...more },
})
const config = (field: string, more: JsonObject, seen: RegExp | null = SEEN): Sample =>
  google(`generationConfig.${field}`, { generationConfig: more }, seen)
const piece = (field: string, one: JsonObject, seen: RegExp | null = SEEN): Sample =>
  google(
    `contents[].parts[].${field}`,
    {
      contents: [
        { role: 'user', parts: [{ text: 'hello' }] },
        { role: 'model', parts: [{ text: 'hi' }, one] },
      ],
    },
    seen,
  )
const response = (one: JsonObject): JsonObject => ({
  contents: [
    { role: 'model', parts: [{ functionCall: { name: 'bash', args: {} } }] },
    { role: 'user', parts: [{ functionResponse: { name: 'bash', response: {}, parts: [one] } }] },
  ],
})
const video = { inlineData: { mimeType: 'video/mp4', data: 'aaaa' } }
const theirFile = {
  fileData: { mimeType: 'video/mp4', fileUri: `gs://bucket/${MARK}` },
}

const FROM_GEMINI: readonly Sample[] = [
  config('topK', { topK: 4711 }, /4711/),
  config('seed', { seed: 4711 }, /4711/),
  config('presencePenalty', { presencePenalty: 0.4711 }, /0\.4711/),
  config('frequencyPenalty', { frequencyPenalty: 0.4711 }, /0\.4711/),
  config('stopSequences', { stopSequences: [MARK] }),
  config('responseMimeType', { responseMimeType: 'application/json' }, /json/),
  config('thinkingConfig.includeThoughts', { thinkingConfig: { includeThoughts: true } }, null),
  config('thinkingConfig.thinkingBudget', { thinkingConfig: { thinkingBudget: 4711 } }, null),
  google('toolConfig.functionCallingConfig.allowedFunctionNames', {
    tools: [{ functionDeclarations: [{ name: 'bash', parametersJsonSchema: SCHEMA }] }],
    toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['bash', MARK] } },
  }),
  piece('thoughtSignature', { text: 'x', thoughtSignature: MARK }),
  piece('text', { text: MARK, thought: true }),
  google('contents[].parts[].inlineData', { contents: [{ role: 'user', parts: [video] }] }, null),
  google('contents[].parts[].fileData', { contents: [{ role: 'user', parts: [theirFile] }] }),
  google('contents[].parts[].functionResponse.parts[].inlineData', response(video), null),
  google('contents[].parts[].functionResponse.parts[].fileData', response(theirFile)),
]

const SAMPLES: Readonly<Record<DialectName, readonly Sample[]>> = {
  'anthropic-messages': [...FROM_ANTHROPIC, anthropic('*', { unheard_of: MARK })],
  'openai-chat': [...FROM_CHAT, chat('*', { unheard_of: MARK })],
  'openai-responses': [...FROM_RESPONSES, responses('*', { unheard_of: MARK })],
  gemini: [...FROM_GEMINI, google('*', { unheardOf: MARK })],
}

const rowsOf = (from: DialectName, to: DialectName) =>
  new Set(LOSSES.filter((loss) => loss.from === from && loss.to === to).map(({ field }) => field))

describe.each(DIALECTS)('from %s', (from) => {
  test('each field of the table is tried', () => {
    const fields = LOSSES.filter((loss) => loss.from === from).map(({ field }) => field)
    const tried = SAMPLES[from].map(({ field }) => field)
    expect(new Set(tried)).toEqual(new Set(fields.filter((field) => !field.startsWith('answer.'))))
  })

  describe.each(DIALECTS.filter((to) => to !== from))('to %s', (to) => {
    const rows = rowsOf(from, to)

    test.each(SAMPLES[from])(
      '$field is lost when the table says so, and only then',
      async (sample) => {
        const { request, lost } = dialects[from].parse(callOf(false), { ...sample.body }, to)
        const body = JSON.stringify(await bodySent(to, request))
        const field = sample.field === '*' ? 'unheard_of unheardOf' : sample.field
        const isNoted = lost.some((path) => field.split(' ').includes(fieldOf(path)))
        // A row about files holds for some of them: what arrives is said by `lost` alone.
        const isAboutFiles = sample.seen === null
        if (!isAboutFiles) expect(isNoted).toBe(rows.has(sample.field))
        if (isNoted) expect(rows.has(sample.field)).toBe(true)
        if (sample.seen !== null) expect(sample.seen.test(body)).toBe(!isNoted)
        const unnamed = lost.map(fieldOf).filter((path) => !rows.has(path))
        expect(unnamed).toEqual(sample.field === '*' ? [expect.stringMatching(/^unheard/)] : [])
      },
    )
  })
})

test('a model of our own loses nothing but what nobody can read', () => {
  for (const from of DIALECTS) {
    for (const { field, body } of SAMPLES[from]) {
      const { lost } = dialects[from].parse(callOf(false), { ...body }, null)
      const kinds = ['type', 'format', '*', 'store', 'include[]', 'tool_choice', 'allowed']
      const isVendors =
        kinds.some((kind) => field.includes(kind)) || /arguments|is_error/.test(field)
      if (!isVendors) expect({ from, field, lost }).toEqual({ from, field, lost: [] })
    }
  }
})
