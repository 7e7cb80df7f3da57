import type { CanonicalPart } from '../../worker/gateway/dialects/dialect.ts'

/** What a fake model says: pieces of text, then calls of tools. */
export interface FakeAnswer {
  readonly text?: readonly string[]
  readonly tools?: readonly { readonly name: string; readonly input: object }[]
  readonly inputTokens?: number
  readonly outputTokens?: number
}

/** An answer in canonical terms, as a provider of the AI SDK would stream it. */
export async function* partsOf(answer: FakeAnswer, model = 'fake'): AsyncGenerator<CanonicalPart> {
  const { text = ['Hello', ' there'], tools = [], inputTokens = 100, outputTokens = 20 } = answer
  yield { type: 'stream-start', warnings: [] }
  yield { type: 'response-metadata', id: 'answer-1', modelId: model, timestamp: new Date(0) }
  if (text.length > 0) yield { type: 'text-start', id: 't' }
  for (const delta of text) yield { type: 'text-delta', id: 't', delta }
  if (text.length > 0) yield { type: 'text-end', id: 't' }
  for (const [index, { name, input }] of tools.entries()) {
    const id = `call_${index}`
    const json = JSON.stringify(input)
    const half = Math.floor(json.length / 2)
    yield { type: 'tool-input-start', id, toolName: name }
    yield { type: 'tool-input-delta', id, delta: json.slice(0, half) }
    yield { type: 'tool-input-delta', id, delta: json.slice(half) }
    yield { type: 'tool-input-end', id }
    yield { type: 'tool-call', toolCallId: id, toolName: name, input: json }
  }
  const reason = tools.length > 0 ? 'tool-calls' : 'stop'
  yield {
    type: 'finish',
    finishReason: { unified: reason, raw: undefined },
    usage: {
      inputTokens: { total: inputTokens, noCache: inputTokens, cacheRead: 0, cacheWrite: 0 },
      outputTokens: { total: outputTokens, text: outputTokens, reasoning: 0 },
    },
  }
}
