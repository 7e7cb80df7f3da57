import OpenAI, { APIError, RateLimitError } from 'openai'
import { describe, expect, test } from 'vitest'
import { openaiChat } from '../chat/openai-chat.ts'
import type { Dialect } from '../dialect.ts'
import { partsOf, type Reply, serve, USAGE } from '../dialect-fixture.ts'
import { openaiResponses } from '../responses/openai-responses.ts'

const TOOLS = [
  { id: 'call_1', name: 'bash', input: '{"command":"ls -la /tmp"}' },
  { id: 'call_2', name: 'read', input: '{"path":"ä/日本.txt"}' },
]
const ANSWER = partsOf({ reasoning: 'Let me think.', text: 'I look.', tools: TOOLS })
const REFUSAL = { reason: 'rate-limited' as const, message: 'slow down', retryAfterMs: 1_500 }
const BROKEN = [...ANSWER.slice(0, 8), { type: 'error' as const, error: new Error('it broke') }]
const IMAGE = 'data:image/png;base64,iVBORw0KGgo='

async function client(dialect: Dialect, reply: Reply) {
  const server = await serve(dialect, reply)
  const sdk = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'sbench-key', maxRetries: 0 })
  return { server, sdk, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

describe('Chat Completions', () => {
  const prompt = { model: 'gpt-x', messages: [{ role: 'user' as const, content: 'hello' }] }

  test("OpenAI's SDK reads text, parallel tools and usage, streamed or not", async () => {
    await using it = await client(openaiChat, { parts: ANSWER })
    const whole = await it.sdk.chat.completions.create(prompt)
    const streamed = await it.sdk.chat.completions
      .stream({ ...prompt, stream_options: { include_usage: true } })
      .finalChatCompletion()
    for (const completion of [whole, streamed]) {
      expect(completion.choices).toMatchObject([
        {
          finish_reason: 'tool_calls',
          message: {
            role: 'assistant',
            content: 'I look.',
            tool_calls: TOOLS.map(({ id, name, input }) => ({
              id,
              type: 'function',
              function: { name, arguments: input },
            })),
          },
        },
      ])
      expect(completion.model).toBe('answering-model')
      expect(completion.usage).toMatchObject({
        prompt_tokens: USAGE.inputTokens,
        completion_tokens: USAGE.outputTokens,
        prompt_tokens_details: { cached_tokens: USAGE.cachedInputTokens },
        completion_tokens_details: { reasoning_tokens: USAGE.reasoningTokens },
      })
    }
    expect(it.server.keys).toEqual(['sbench-key', 'sbench-key'])
  })

  test('a stream tells its usage only to those who asked', async () => {
    await using it = await client(openaiChat, { parts: ANSWER })
    const stream = await it.sdk.chat.completions.create({ ...prompt, stream: true })
    for await (const chunk of stream) expect(chunk.choices).toHaveLength(1)
  })

  test('an error in the middle of a stream is the error of the SDK', async () => {
    await using it = await client(openaiChat, { parts: BROKEN })
    const failure = await it.sdk.chat.completions
      .stream(prompt)
      .finalChatCompletion()
      .catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(APIError)
    expect(failure).toMatchObject({ message: expect.stringContaining('it broke') })
  })

  test('models are listed and shown', async () => {
    await using it = await client(openaiChat, { parts: [] })
    const models = []
    for await (const model of it.sdk.models.list()) models.push(model.id)
    expect(models).toEqual(['one', 'two/three'])
    expect(await it.sdk.models.retrieve('two/three')).toMatchObject({ id: 'two/three' })
  })

  test('images and results of tools arrive as they were sent', async () => {
    await using it = await client(openaiChat, { parts: ANSWER })
    const call = { name: 'bash', arguments: '{"command":"ls"}' }
    await it.sdk.chat.completions.create({
      ...prompt,
      messages: [
        { role: 'developer', content: 'be good' },
        { role: 'user', content: [{ type: 'image_url', image_url: { url: IMAGE } }] },
        { role: 'assistant', tool_calls: [{ id: 'c', type: 'function', function: call }] },
        { role: 'tool', tool_call_id: 'c', content: 'a.txt' },
      ],
    })
    const [asked] = it.server.calls
    const [body] = it.server.bodies
    if (asked === undefined || body === undefined) throw new Error('nothing was asked')
    const { request, lost } = openaiChat.parse(asked, body)
    expect(lost).toEqual([])
    expect(request.prompt).toMatchObject([
      { role: 'system', content: 'be good' },
      { role: 'user', content: [{ type: 'file', mediaType: 'image/png' }] },
      { role: 'assistant', content: [{ toolName: 'bash', input: { command: 'ls' } }] },
      { role: 'tool', content: [{ toolName: 'bash', output: { type: 'text', value: 'a.txt' } }] },
    ])
  })
})

describe('Responses', () => {
  const prompt = { model: 'gpt-x', input: 'hello' }

  test("OpenAI's SDK reads reasoning, text, parallel tools and usage, streamed or not", async () => {
    await using it = await client(openaiResponses, { parts: ANSWER })
    const whole = await it.sdk.responses.create(prompt)
    const streamed = await it.sdk.responses.stream(prompt).finalResponse()
    for (const response of [whole, streamed]) {
      expect(response.output).toMatchObject([
        { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Let me think.' }] },
        { type: 'message', role: 'assistant', status: 'completed' },
        ...TOOLS.map(({ id, name, input }) => ({
          type: 'function_call',
          call_id: id,
          name,
          arguments: input,
        })),
      ])
      expect(response.output_text).toBe('I look.')
      expect(response).toMatchObject({ status: 'completed', model: 'answering-model' })
      expect(response.usage).toMatchObject({
        input_tokens: USAGE.inputTokens,
        input_tokens_details: { cached_tokens: USAGE.cachedInputTokens },
        output_tokens: USAGE.outputTokens,
        output_tokens_details: { reasoning_tokens: USAGE.reasoningTokens },
      })
    }
  })

  test('an answer that was too long is incomplete', async () => {
    const parts = partsOf({ text: 'I was about to', finish: 'length' })
    await using it = await client(openaiResponses, { parts })
    const events = []
    for await (const event of await it.sdk.responses.create({ ...prompt, stream: true })) {
      events.push(event)
    }
    expect(events.map((event) => event.sequence_number)).toEqual([...events.keys()])
    expect(events.at(-1)).toMatchObject({
      type: 'response.incomplete',
      response: { incomplete_details: { reason: 'max_output_tokens' } },
    })
  })

  test('a stream that breaks ends with a response that failed', async () => {
    await using it = await client(openaiResponses, { parts: BROKEN })
    const response = await it.sdk.responses.stream(prompt).finalResponse()
    expect(response).toMatchObject({ status: 'failed', error: { message: 'it broke' } })
  })

  test('tools that an agent knows by other names are called by those', async () => {
    const parts = partsOf({
      tools: [
        { id: 'c1', name: 'apply_patch', input: '{"input":"*** Begin Patch\\n"}' },
        { id: 'c2', name: 'mcp__files__read', input: '{"path":"a"}' },
      ],
    })
    await using it = await client(openaiResponses, { parts })
    const read = { type: 'function' as const, name: 'read', strict: false, parameters: {} }
    const request = {
      ...prompt,
      tools: [
        { type: 'custom' as const, name: 'apply_patch' },
        { type: 'namespace' as const, name: 'mcp__files', description: 'files', tools: [read] },
      ],
    }
    const whole = await it.sdk.responses.create(request)
    const streamed = await it.sdk.responses.stream(request).finalResponse()
    for (const { output } of [whole, streamed]) {
      expect(output).toMatchObject([
        { type: 'custom_tool_call', name: 'apply_patch', input: '*** Begin Patch\n' },
        { type: 'function_call', name: 'read', namespace: 'mcp__files', arguments: '{"path":"a"}' },
      ])
    }
  })

  test('what needs a memory is refused by name', () => {
    for (const field of ['previous_response_id', 'conversation']) {
      const body = { ...prompt, [field]: 'resp_1' }
      expect(() => openaiResponses.read('POST', '/v1/responses', body)).toThrow(field)
    }
    const body = { ...prompt, input: [{ type: 'item_reference', id: 'rs_1' }] }
    expect(() => openaiResponses.read('POST', '/v1/responses', body)).toThrow('item_reference')
  })

  test('a provider is told to store nothing, and to hand reasoning out instead', () => {
    const call = openaiResponses.read('POST', '/v1/responses', prompt)
    if (call === null) throw new Error('the path is not known')
    expect(openaiResponses.forProvider(call, prompt, 'real').members).toEqual({
      model: 'real',
      store: false,
      include: ['reasoning.encrypted_content'],
    })
  })
})

test("refusals are the SDK's own classes, with the time to wait", async () => {
  await using it = await client(openaiChat, { refusal: REFUSAL })
  const failures = await Promise.all([
    it.sdk.chat.completions.create({ model: 'x', messages: [] }).catch((error: unknown) => error),
    it.sdk.models.list().catch((error: unknown) => error),
  ])
  for (const failure of failures) {
    expect(failure).toBeInstanceOf(RateLimitError)
    if (failure instanceof RateLimitError) expect(failure.headers.get('retry-after')).toBe('2')
  }
})

test('an allowance that is used up is not tried again', async () => {
  const refusal = { reason: 'budget' as const, message: 'the trial has spent its allowance' }
  await using server = await serve(openaiChat, { refusal })
  const sdk = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'k', maxRetries: 3 })
  const asked = sdk.chat.completions.create({ model: 'x', messages: [] })
  await expect(asked).rejects.toMatchObject({ code: 'insufficient_quota' })
  expect(server.calls).toHaveLength(1)
})
