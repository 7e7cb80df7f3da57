import type { LanguageModelV4Prompt } from '@ai-sdk/provider'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DIALECTS, type DialectName } from '../../../core/model-call.ts'
import type { CanonicalRequest } from './dialect.ts'
import { callOf, gathered, partsOf, type Saying, serve, stream } from './dialect-fixture.ts'
import { dialects } from './dialects.ts'
import { bodySent, modelOf } from './provider-fixture.ts'
import { isObject, parsedJson } from './read-body.ts'

const words = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).filter(isPlain)
const name = fc.stringMatching(/^[a-z][a-z_]{2,12}$/)
const args = fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), fc.oneof(words, fc.integer()))
const image = fc.uint8Array({ minLength: 3, maxLength: 12 }).map((bytes) => ({
  type: 'file' as const,
  mediaType: 'image/png',
  data: { type: 'data' as const, data: Buffer.from(bytes).toString('base64') },
}))
const text = words.map((value) => ({ type: 'text' as const, text: value }))

/** A user's turn, an answer with calls, and their results. */
const turn = fc.record({
  ask: fc.array(fc.oneof(text, image), { minLength: 1, maxLength: 3 }),
  say: words,
  calls: fc.array(fc.record({ toolName: name, input: args, output: words }), { maxLength: 3 }),
})

const request: fc.Arbitrary<CanonicalRequest> = fc
  .record({
    system: words,
    turns: fc.array(turn, { minLength: 1, maxLength: 3 }),
    settings: fc.record(
      {
        temperature: fc.constantFrom(0, 0.25, 1),
        topP: fc.constantFrom(0.5, 0.9),
      },
      { requiredKeys: [] },
    ),
    maxOutputTokens: fc.integer({ min: 1, max: 8_000 }),
    tools: fc.uniqueArray(fc.record({ name, description: words }), {
      minLength: 1,
      maxLength: 3,
      selector: (tool) => tool.name,
    }),
    toolChoice: fc.constantFrom(
      { type: 'auto' as const },
      { type: 'none' as const },
      { type: 'required' as const },
    ),
  })
  .map(({ system, turns, settings, maxOutputTokens, tools, toolChoice }) => ({
    prompt: [{ role: 'system', content: system }, ...turns.flatMap(messagesOf)],
    maxOutputTokens,
    // Anthropic takes one of the two.
    ...(settings.temperature === undefined ? settings : { temperature: settings.temperature }),
    tools: tools.map((tool) => ({
      type: 'function' as const,
      ...tool,
      inputSchema: {
        type: 'object' as const,
        properties: { a: { type: 'string' as const } },
        additionalProperties: false,
      },
    })),
    toolChoice,
  }))

function messagesOf(
  { ask, say, calls }: typeof turn extends fc.Arbitrary<infer T> ? T : never,
  at: number,
): LanguageModelV4Prompt {
  const id = (index: number) => `call_${at}_${index}`
  const answer = { type: 'text' as const, text: say }
  return [
    { role: 'user', content: ask },
    {
      role: 'assistant',
      content: [
        answer,
        ...calls.map(({ toolName, input }, index) => ({
          type: 'tool-call' as const,
          toolCallId: id(index),
          toolName,
          input,
        })),
      ],
    },
    ...(calls.length === 0
      ? []
      : [
          {
            role: 'tool' as const,
            content: calls.map(({ toolName, output }, index) => ({
              type: 'tool-result' as const,
              toolCallId: id(index),
              toolName,
              output: { type: 'text' as const, value: output },
            })),
          },
        ]),
  ]
}

/** Vendors' converters trim what stands at the end of a prompt. */
function isPlain(value: string): boolean {
  return value.trim() === value && value !== ''
}

describe.each(DIALECTS)('there and back through %s', (name) => {
  test('a request loses nothing, and says that it does not', async () => {
    await fc.assert(
      fc.asyncProperty(request, async (asked) => {
        const body = await bodySent(name, asked)
        const { request: back, lost } = dialects[name].parse(callOf(false), body)
        expect(back).toMatchObject({ ...asked, toolChoice: choiceOf(name, asked, back) })
        expect(lost).toEqual([])
      }),
      { numRuns: 60 },
    )
  })

  test.each(DIALECTS.filter((to) => to !== name))(
    'and on to %s, a request loses nothing either',
    async (to) => {
      await fc.assert(
        fc.asyncProperty(request, async (asked) => {
          const first = dialects[name].parse(callOf(false), await bodySent(name, asked), to)
          expect(first.lost).toEqual([])
          const second = dialects[to].parse(callOf(false), await bodySent(to, first.request))
          expect(second.request.prompt).toMatchObject(asked.prompt)
          expect(second.request.tools).toMatchObject(asked.tools ?? [])
          expect(second.request.maxOutputTokens).toBe(asked.maxOutputTokens)
          expect(second.request.temperature).toBe(asked.temperature)
        }),
        { numRuns: 20 },
      )
    },
  )

  test('the AI SDK reads its answers, streamed or not', async () => {
    const said: Saying = {
      reasoning: 'Let me think.',
      text: 'I look.',
      tools: [
        { id: 'call_1', name: 'bash', input: '{"command":"ls"}' },
        { id: 'call_2', name: 'read', input: '{"path":"日本"}' },
      ],
    }
    await using server = await serve(dialects[name], { parts: partsOf(said) })
    const model = modelOf(name, { url: server.url })
    const asked: CanonicalRequest = {
      prompt: [{ role: 'user', content: [{ type: 'text', text: 'hello' }] }],
      tools: ['bash', 'read'].map((tool) => ({
        type: 'function',
        name: tool,
        inputSchema: { type: 'object', properties: {} },
      })),
    }
    const whole = await model.doGenerate(asked)
    const parts = await gathered((await model.doStream(asked)).stream)
    const calls = said.tools?.map(({ id, name: toolName, input }) => ({
      toolCallId: id,
      toolName,
      input,
    }))
    expect(whole.content.filter(({ type }) => type === 'tool-call')).toMatchObject(calls ?? [])
    expect(whole.content.flatMap((one) => (one.type === 'text' ? [one.text] : []))).toEqual([
      'I look.',
    ])
    expect(whole.finishReason.unified).toBe('tool-calls')
    expect(parts.filter(({ type }) => type === 'tool-call')).toMatchObject(calls ?? [])
    const streamed = parts.flatMap((one) => (one.type === 'text-delta' ? [one.delta] : []))
    expect(streamed.join('')).toBe('I look.')
    const thought = parts.flatMap((one) => (one.type === 'reasoning-delta' ? [one.delta] : []))
    expect(thought.join('')).toBe('Let me think.')
    const finish = parts.at(-1)
    for (const end of [whole, finish]) {
      expect(end).toMatchObject({
        usage: {
          inputTokens: { total: 120, cacheRead: 80 },
          outputTokens: { total: 30 },
        },
      })
    }
  })
})

/** Without a word for a choice that is the default, the default is what was meant. */
function choiceOf(
  name: DialectName,
  asked: CanonicalRequest,
  back: CanonicalRequest,
): CanonicalRequest['toolChoice'] {
  const isDropped = name === 'anthropic-messages' && asked.toolChoice?.type === 'none'
  return isDropped ? back.toolChoice : asked.toolChoice
}

test('what a provider wants to see again comes back through an agent of any dialect', async () => {
  const carried = {
    'anthropic-messages': { anthropic: { signature: 'their-signature' } },
    'openai-responses': { openai: { itemId: 'rs_1', reasoningEncryptedContent: 'opaque' } },
    gemini: { google: { thoughtSignature: 'c2lnbg==' } },
  } as const
  const agents: readonly DialectName[] = ['anthropic-messages', 'openai-responses', 'gemini']
  for (const agent of agents) {
    for (const [provider, signature] of Object.entries(carried)) {
      const to = DIALECTS.find((one) => one === provider)
      if (to === undefined || to === agent) continue
      const parts = partsOf({ reasoning: 'Let me think.', signature, text: 'done' })
      const answer = await wholeOf(agent, parts)
      const { request: again, lost } = dialects[agent].parse(
        callOf(false),
        turnAfter(agent, answer),
        to,
      )
      expect({ agent, to, lost }).toEqual({ agent, to, lost: [] })
      expect(again.prompt).toContainEqual(
        expect.objectContaining({
          role: 'assistant',
          content: expect.arrayContaining([
            expect.objectContaining({ type: 'reasoning', providerOptions: signature }),
          ]),
        }),
      )
    }
  }
})

test("a tool call's signature comes back through its id", async () => {
  for (const agent of ['anthropic-messages', 'openai-chat', 'openai-responses'] as const) {
    const google = { thoughtSignature: 'c2ln/+==' }
    const parts = [
      {
        type: 'tool-call' as const,
        toolCallId: 'call_1',
        toolName: 'bash',
        input: '{}',
        providerMetadata: { google },
      },
      ...partsOf({}).slice(-1),
    ]
    const answer = await wholeOf(agent, parts)
    const { request: again } = dialects[agent].parse(
      callOf(false),
      turnAfter(agent, answer),
      'gemini',
    )
    const call = { type: 'tool-call', toolCallId: 'call_1', providerOptions: { google } }
    expect(again.prompt.at(-1)).toMatchObject({ role: 'assistant', content: [call] })
  }
})

async function wholeOf(agent: DialectName, parts: ReturnType<typeof partsOf>): Promise<object> {
  const pieces = await gathered(dialects[agent].write(stream(parts), callOf(false)))
  const answer = parsedJson(pieces.join(''))
  if (!isObject(answer)) throw new Error('the answer is no JSON')
  return answer
}

/** The next request of an agent that hands back what it was answered. */
function turnAfter(agent: DialectName, answer: object): Record<string, unknown> {
  const said = answer as {
    content?: unknown
    output?: unknown[]
    choices?: { message: unknown }[]
    candidates?: { content: unknown }[]
  }
  const hello = { role: 'user', content: 'hello' }
  switch (agent) {
    case 'anthropic-messages':
      return { messages: [hello, { role: 'assistant', content: said.content }] }
    case 'openai-chat':
      return { messages: [hello, said.choices?.[0]?.message] }
    case 'openai-responses':
      return { input: [hello, ...(said.output ?? [])] }
    case 'gemini':
      return {
        contents: [{ role: 'user', parts: [{ text: 'hello' }] }, said.candidates?.[0]?.content],
      }
  }
}
