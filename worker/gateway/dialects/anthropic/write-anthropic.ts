import type { TokenUsage } from '../../../../core/model-call.ts'
import { type AnswerEvent, answerEvents, type FinishReason } from '../answer-events.ts'
import { answerId, sse } from '../answer-text.ts'
import { type ProviderMetadata, seal, toolIdForAgent } from '../carried-metadata.ts'
import type { Call, CanonicalPart } from '../dialect.ts'
import { argumentsOf } from '../read-body.ts'
import { NO_USAGE } from '../usage.ts'
import { type WholeBlock, wholeAnswer } from '../whole-answer.ts'
import { anthropicError } from './anthropic-errors.ts'

const STOP_REASONS: Readonly<Record<FinishReason, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  'content-filter': 'refusal',
  'tool-calls': 'tool_use',
  error: 'end_turn',
  interrupted: 'end_turn',
  other: 'end_turn',
}

export async function* writeAnthropic(
  parts: AsyncIterable<CanonicalPart>,
  call: Call,
): AsyncGenerator<string> {
  if (call.stream) yield* stream(parts, call)
  else yield await whole(parts, call)
}

async function whole(parts: AsyncIterable<CanonicalPart>, call: Call): Promise<string> {
  const result = await wholeAnswer(parts)
  if ('refusal' in result) return JSON.stringify(anthropicError(result.refusal))
  const { id, model, blocks, reason, usage } = result.answer
  return JSON.stringify({
    ...emptyMessage(answerId('msg_', id), model ?? call.model),
    content: blocks.map(blockOf),
    stop_reason: STOP_REASONS[reason],
    usage: usageOf(usage ?? NO_USAGE),
  })
}

function blockOf({ block, text, metadata }: WholeBlock) {
  switch (block.kind) {
    case 'text':
      return { type: 'text', text, citations: null }
    case 'reasoning':
      if (text === '') return { type: 'redacted_thinking', data: opaqueOf(metadata) }
      return { type: 'thinking', thinking: text, signature: opaqueOf(metadata) }
    case 'tool':
      return {
        type: 'tool_use',
        id: toolIdForAgent(block.id, metadata),
        name: block.name,
        input: argumentsOf(text) ?? { invalid: text },
      }
  }
}

async function* stream(parts: AsyncIterable<CanonicalPart>, call: Call): AsyncGenerator<string> {
  let index = -1
  const send = (type: string, fields: object = {}) => sse({ type, ...fields }, type)
  for await (const event of answerEvents(parts)) {
    switch (event.type) {
      case 'start': {
        const id = answerId('msg_', event.id)
        yield send('message_start', { message: emptyMessage(id, event.model ?? call.model) })
        break
      }
      case 'ping':
        yield send('ping')
        break
      case 'open':
        index += 1
        yield send('content_block_start', { index, content_block: openBlock(event) })
        break
      case 'delta':
        yield send('content_block_delta', { index, delta: deltaOf(event) })
        break
      case 'close':
        if (event.block.kind === 'reasoning' && !event.isEmpty) {
          const delta = { type: 'signature_delta', signature: opaqueOf(event.metadata) }
          yield send('content_block_delta', { index, delta })
        }
        yield send('content_block_stop', { index })
        break
      case 'finish': {
        const delta = { stop_reason: STOP_REASONS[event.reason], stop_sequence: null }
        yield send('message_delta', { delta, usage: usageOf(event.usage ?? NO_USAGE) })
        yield send('message_stop')
        break
      }
      case 'error':
        yield sse(anthropicError(event.refusal), 'error')
    }
  }
}

function openBlock({ block, metadata, isEmpty }: Extract<AnswerEvent, { type: 'open' }>) {
  switch (block.kind) {
    case 'text':
      return { type: 'text', text: '' }
    case 'reasoning':
      if (isEmpty) return { type: 'redacted_thinking', data: opaqueOf(metadata) }
      return { type: 'thinking', thinking: '', signature: '' }
    case 'tool': {
      const id = toolIdForAgent(block.id, metadata)
      return { type: 'tool_use', id, name: block.name, input: {} }
    }
  }
}

function deltaOf({ block, text }: Extract<AnswerEvent, { type: 'delta' }>) {
  switch (block.kind) {
    case 'text':
      return { type: 'text_delta', text }
    case 'reasoning':
      return { type: 'thinking_delta', thinking: text }
    case 'tool':
      return { type: 'input_json_delta', partial_json: text }
  }
}

function opaqueOf(metadata: ProviderMetadata): string {
  const { signature, redactedData } = metadata.anthropic ?? {}
  const native = signature ?? redactedData
  return typeof native === 'string' ? native : seal(metadata)
}

function emptyMessage(id: string, model: string) {
  return {
    id,
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: usageOf(NO_USAGE),
  }
}

/** Anthropic counts what was read from and written to a cache beside the input. */
function usageOf(usage: TokenUsage) {
  const { inputTokens, cachedInputTokens, cacheWriteTokens } = usage
  return {
    input_tokens: Math.max(0, inputTokens - cachedInputTokens - cacheWriteTokens),
    cache_creation_input_tokens: cacheWriteTokens,
    cache_read_input_tokens: cachedInputTokens,
    output_tokens: usage.outputTokens,
    output_tokens_details: { thinking_tokens: usage.reasoningTokens },
  }
}
