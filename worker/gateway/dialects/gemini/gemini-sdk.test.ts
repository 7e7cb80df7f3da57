import { ApiError, FunctionCallingConfigMode, GoogleGenAI } from '@google/genai'
import { expect, test } from 'vitest'
import { partsOf, type Reply, serve, USAGE, written } from '../dialect-fixture.ts'
import { gemini } from './gemini.ts'

const TOOLS = [
  { id: 'call_1', name: 'bash', input: '{"command":"ls -la /tmp"}' },
  { id: 'call_2', name: 'read', input: '{"path":"ä/日本.txt"}' },
]
const ANSWER = partsOf({
  reasoning: 'Let me think.',
  signature: { google: { thoughtSignature: 'c2ln' } },
  text: 'I look.',
  tools: TOOLS,
})
const PROMPT = { model: 'gemini-x', contents: 'hello' }

async function client(reply: Reply) {
  const server = await serve(gemini, reply)
  const sdk = new GoogleGenAI({ apiKey: 'sbench-key', httpOptions: { baseUrl: server.url } })
  return { server, sdk, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

test("Google's SDK reads thoughts, text, parallel calls and usage", async () => {
  await using it = await client({ parts: ANSWER })
  const response = await it.sdk.models.generateContent(PROMPT)
  expect(response.text).toBe('I look.')
  expect(response.candidates?.[0]?.content?.parts?.[0]).toEqual({
    text: 'Let me think.',
    thought: true,
    thoughtSignature: 'c2ln',
  })
  expect(response.functionCalls).toEqual([
    { id: 'call_1', name: 'bash', args: { command: 'ls -la /tmp' } },
    { id: 'call_2', name: 'read', args: { path: 'ä/日本.txt' } },
  ])
  expect(response.usageMetadata).toMatchObject({
    promptTokenCount: USAGE.inputTokens,
    cachedContentTokenCount: USAGE.cachedInputTokens,
    candidatesTokenCount: USAGE.outputTokens - USAGE.reasoningTokens,
    thoughtsTokenCount: USAGE.reasoningTokens,
  })
  expect(it.server.keys).toEqual(['sbench-key'])
})

test('a stream says the same in pieces', async () => {
  await using it = await client({ parts: ANSWER })
  const chunks = []
  for await (const chunk of await it.sdk.models.generateContentStream(PROMPT)) chunks.push(chunk)
  expect(chunks.map((chunk) => chunk.text ?? '').join('')).toBe('I look.')
  expect(chunks.flatMap((chunk) => chunk.functionCalls ?? [])).toHaveLength(2)
  expect(chunks.at(-1)?.candidates?.[0]?.finishReason).toBe('STOP')
  expect(chunks.at(-1)?.usageMetadata?.promptTokenCount).toBe(USAGE.inputTokens)
})

test('without alt=sse a stream is one JSON array', async () => {
  const path = '/v1beta/models/some%2Fmodel:streamGenerateContent'
  const call = gemini.read('POST', path, { contents: [] })
  if (call === null) throw new Error('the path is not known')
  expect(call).toMatchObject({ model: 'some/model', streamForm: 'array' })
  expect(gemini.contentType(call)).toBe('application/json')
  const elements: unknown = JSON.parse(await written(gemini, ANSWER, call))
  expect(elements).toBeInstanceOf(Array)
})

test("errors are the SDK's own, before and in the middle of an answer", async () => {
  const refusal = { reason: 'rate-limited' as const, message: 'slow down', retryAfterMs: 1_500 }
  await using refused = await client({ refusal })
  const early = await refused.sdk.models.generateContent(PROMPT).catch((error: unknown) => error)
  expect(early).toBeInstanceOf(ApiError)
  expect(early).toMatchObject({ status: 429, message: expect.stringContaining('1.5s') })

  const parts = [...ANSWER.slice(0, 8), { type: 'error' as const, error: new Error('it broke') }]
  await using broken = await client({ parts })
  const late = (async () => {
    for await (const _ of await broken.sdk.models.generateContentStream(PROMPT));
  })()
  await expect(late).rejects.toMatchObject({
    status: 500,
    message: expect.stringContaining('it broke'),
  })
})

test('tokens are counted and models listed', async () => {
  await using it = await client({ parts: [] })
  expect((await it.sdk.models.countTokens(PROMPT)).totalTokens).toBe(42)
  const models = []
  for await (const model of await it.sdk.models.list()) models.push(model.name)
  expect(models).toEqual(['models/one', 'models/two/three'])
  expect(await it.sdk.models.get({ model: 'one' })).toMatchObject({ name: 'models/one' })
})

test('images, tools and their results arrive as they were sent', async () => {
  await using it = await client({ parts: ANSWER })
  const inlineData = { mimeType: 'image/png', data: 'iVBORw0KGgo=' }
  await it.sdk.models.generateContent({
    model: 'gemini-x',
    contents: [
      { role: 'user', parts: [{ text: 'see' }, { inlineData }] },
      {
        role: 'model',
        parts: [{ functionCall: { name: 'bash', args: { command: 'ls' } }, thoughtSignature: 's' }],
      },
      {
        role: 'user',
        parts: [{ functionResponse: { name: 'bash', response: { output: 'a.txt' } } }],
      },
    ],
    config: {
      systemInstruction: 'be good',
      tools: [
        { functionDeclarations: [{ name: 'bash', parametersJsonSchema: { type: 'object' } }] },
      ],
      toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY } },
      thinkingConfig: { includeThoughts: true, thinkingBudget: 8_192 },
    },
  })
  const [call] = it.server.calls
  const [body] = it.server.bodies
  if (call === undefined || body === undefined) throw new Error('nothing was asked')
  const { request, lost } = gemini.parse(call, body)
  expect(lost).toEqual([])
  expect(request.prompt).toMatchObject([
    { role: 'system', content: 'be good' },
    { role: 'user', content: [{ text: 'see' }, { type: 'file', mediaType: 'image/png' }] },
    {
      role: 'assistant',
      content: [
        {
          toolName: 'bash',
          input: { command: 'ls' },
          providerOptions: { google: { thoughtSignature: 's' } },
        },
      ],
    },
    { role: 'tool', content: [{ toolName: 'bash', output: { type: 'text', value: 'a.txt' } }] },
  ])
  expect(request).toMatchObject({
    tools: [{ type: 'function', name: 'bash', inputSchema: { type: 'object' } }],
    toolChoice: { type: 'required' },
    reasoning: 'medium',
  })
})
