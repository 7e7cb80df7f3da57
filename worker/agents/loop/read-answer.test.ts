import type { LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { expect, test } from 'vitest'
import { conversationOf } from './conversation.ts'
import { parseLog } from './log-entry.ts'
import { promptOf } from './prompt.ts'
import { readAnswer } from './read-answer.ts'

async function* streamOf(...parts: readonly LanguageModelV4StreamPart[]) {
  yield* parts
}

const usage = {
  inputTokens: { total: 7, noCache: 7, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 3, text: 1, reasoning: 2 },
}
const finish: LanguageModelV4StreamPart = {
  type: 'finish',
  usage,
  finishReason: { unified: 'tool-calls', raw: 'tool_use' },
}

test('a thought comes back to its provider with its signature, in its place', async () => {
  const { answer } = await readAnswer(
    streamOf(
      { type: 'reasoning-start', id: '0' },
      { type: 'reasoning-delta', id: '0', delta: 'Let me ' },
      { type: 'text-start', id: '0' },
      { type: 'reasoning-delta', id: '0', delta: 'see.' },
      {
        type: 'reasoning-delta',
        id: '0',
        delta: '',
        providerMetadata: { anthropic: { signature: 'sig' } },
      },
      { type: 'reasoning-end', id: '0' },
      { type: 'text-delta', id: '0', delta: 'So.' },
      { type: 'text-end', id: '0', providerMetadata: { openai: { itemId: 'msg_1' } } },
      {
        type: 'tool-call',
        toolCallId: 'c',
        toolName: 'bash',
        input: '{"command":"ls"}',
        providerMetadata: { google: { thoughtSignature: 'ts' } },
      },
      finish,
    ),
  )
  expect(answer).toMatchObject({ finish: 'tool-calls', inputTokens: 7, outputTokens: 3 })
  const entries = JSON.parse(JSON.stringify([{ type: 'answered', turn: 1, ...answer }]))
  const conversation = conversationOf(parseLog(entries))
  const [, , assistant] = promptOf({ system: 's', instruction: 'i' }, conversation)
  expect(assistant).toEqual({
    role: 'assistant',
    content: [
      {
        type: 'reasoning',
        text: 'Let me see.',
        providerOptions: { anthropic: { signature: 'sig' } },
      },
      { type: 'text', text: 'So.', providerOptions: { openai: { itemId: 'msg_1' } } },
      {
        type: 'tool-call',
        toolCallId: 'c',
        toolName: 'bash',
        input: { command: 'ls' },
        providerOptions: { google: { thoughtSignature: 'ts' } },
      },
    ],
  })
})

test('a stream that ends without an end, or with an error, is no answer', async () => {
  await expect(readAnswer(streamOf({ type: 'text-start', id: '0' }))).rejects.toThrow(
    'before it was',
  )
  const error = new Error('overloaded')
  await expect(readAnswer(streamOf({ type: 'error', error }))).rejects.toBe(error)
})

test('what the provider cannot take of a request is handed on', async () => {
  const warning = { type: 'unsupported', feature: 'temperature', details: 'not here' } as const
  const { warnings } = await readAnswer(
    streamOf({ type: 'stream-start', warnings: [warning] }, finish),
  )
  expect(warnings).toEqual(['unsupported temperature: not here'])
})
