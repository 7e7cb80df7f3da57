import Anthropic, { APIError, RateLimitError } from '@anthropic-ai/sdk'
import { expect, test } from 'vitest'
import { partsOf, type Reply, serve, USAGE } from '../dialect-fixture.ts'
import { anthropicMessages } from './anthropic-messages.ts'

const TOOLS = [
  { id: 'toolu_1', name: 'bash', input: '{"command":"ls -la /tmp"}' },
  { id: 'toolu_2', name: 'read', input: '{"path":"ä/日本.txt"}' },
]
const ANSWER = partsOf({
  reasoning: 'Let me look around first.',
  signature: { anthropic: { signature: 'c2lnbmF0dXJl' } },
  text: 'I look into the folder.',
  tools: TOOLS,
})
const PROMPT = {
  model: 'claude-x',
  max_tokens: 1_000,
  messages: [{ role: 'user' as const, content: 'hello' }],
}

async function client(reply: Reply) {
  const server = await serve(anthropicMessages, reply)
  const sdk = new Anthropic({ baseURL: server.url, apiKey: 'sbench-key', maxRetries: 0 })
  return { server, sdk, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

test("Anthropic's SDK reads reasoning, text, parallel tools and usage, streamed or not", async () => {
  await using it = await client({ parts: ANSWER })
  const whole = await it.sdk.messages.create(PROMPT)
  const streamed = await it.sdk.messages.stream(PROMPT).finalMessage()
  for (const message of [whole, streamed]) {
    expect(message.content).toMatchObject([
      { type: 'thinking', thinking: 'Let me look around first.', signature: 'c2lnbmF0dXJl' },
      { type: 'text', text: 'I look into the folder.' },
      { type: 'tool_use', id: 'toolu_1', name: 'bash', input: { command: 'ls -la /tmp' } },
      { type: 'tool_use', id: 'toolu_2', name: 'read', input: { path: 'ä/日本.txt' } },
    ])
    expect(message).toMatchObject({ stop_reason: 'tool_use', model: 'answering-model' })
    expect(message.usage).toMatchObject({
      input_tokens: USAGE.inputTokens - USAGE.cachedInputTokens,
      cache_read_input_tokens: USAGE.cachedInputTokens,
      output_tokens: USAGE.outputTokens,
    })
  }
  expect(it.server.keys).toEqual(['sbench-key', 'sbench-key'])
})

test('reasoning that only its vendor can read is a redacted block', async () => {
  const parts = partsOf({
    reasoning: '',
    signature: { openai: { itemId: 'rs_1', reasoningEncryptedContent: 'opaque' } },
    text: 'done',
  })
  await using it = await client({ parts })
  const { content } = await it.sdk.messages.stream(PROMPT).finalMessage()
  expect(content.map(({ type }) => type)).toEqual(['redacted_thinking', 'text'])
})

test('an error in the middle of a stream is the error of the SDK', async () => {
  const parts = [...ANSWER.slice(0, 6), { type: 'error' as const, error: new Error('it broke') }]
  await using it = await client({ parts })
  const failure = await it.sdk.messages
    .stream(PROMPT)
    .finalMessage()
    .catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(APIError)
  expect(failure).toMatchObject({ message: expect.stringContaining('it broke') })
})

test("refusals are the SDK's own classes, with the time to wait", async () => {
  const refusal = { reason: 'rate-limited' as const, message: 'slow down', retryAfterMs: 1_500 }
  await using it = await client({ refusal })
  const failure = await it.sdk.messages.create(PROMPT).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(RateLimitError)
  if (!(failure instanceof RateLimitError)) return
  expect(failure.headers.get('retry-after')).toBe('2')
  expect(failure.message).toContain('slow down')
})

test('tokens are counted and models listed', async () => {
  await using it = await client({ parts: [] })
  expect(await it.sdk.messages.countTokens(PROMPT)).toEqual({ input_tokens: 42 })
  const models = []
  for await (const model of it.sdk.models.list()) models.push(model.id)
  expect(models).toEqual(['one', 'two/three'])
  expect(await it.sdk.models.retrieve('two/three')).toMatchObject({ id: 'two/three' })
})

test('images and results of tools arrive as they were sent', async () => {
  await using it = await client({ parts: ANSWER })
  const image = { type: 'base64' as const, media_type: 'image/png' as const, data: 'iVBORw0KGgo=' }
  await it.sdk.messages.create({
    ...PROMPT,
    messages: [
      { role: 'user', content: [{ type: 'image', source: image }] },
      { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'bash', input: {} }] },
      {
        role: 'user',
        content: [
          {
            type: 'tool_result',
            tool_use_id: 't',
            content: [{ type: 'image', source: image }],
          },
        ],
      },
    ],
  })
  const [call] = it.server.calls
  const [body] = it.server.bodies
  if (call === undefined || body === undefined) throw new Error('nothing was asked')
  const { request, lost } = anthropicMessages.parse(call, body)
  expect(lost).toEqual([])
  const file = { type: 'file', mediaType: 'image/png', data: { type: 'data', data: image.data } }
  expect(request.prompt).toMatchObject([
    { role: 'user', content: [file] },
    { role: 'assistant', content: [{ type: 'tool-call', toolCallId: 't', toolName: 'bash' }] },
    {
      role: 'tool',
      content: [{ toolName: 'bash', output: { type: 'content', value: [file] } }],
    },
  ])
})
