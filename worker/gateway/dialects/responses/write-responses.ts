import type { TokenUsage } from '../../../../core/model-call.ts'
import { type AnswerEvent, answerEvents, type FinishReason } from '../answer-events.ts'
import { answerId, newId, nowSeconds, sse } from '../answer-text.ts'
import type { Call, CanonicalPart, Refusal } from '../dialect.ts'
import { openaiError } from '../openai/openai-errors.ts'
import { wholeAnswer } from '../whole-answer.ts'
import { itemOf, itemPieces, newItem, type OutputItem } from './output-item.ts'

export async function* writeResponses(
  parts: AsyncIterable<CanonicalPart>,
  call: Call,
): AsyncGenerator<string> {
  if (call.stream) yield* stream(parts, call)
  else yield await whole(parts, call)
}

async function whole(parts: AsyncIterable<CanonicalPart>, call: Call): Promise<string> {
  const result = await wholeAnswer(parts)
  if ('refusal' in result) return JSON.stringify({ error: openaiError(result.refusal) })
  const { id, model, blocks, reason, usage } = result.answer
  const output = blocks.map(({ block, text, metadata }) =>
    itemOf(newItem(block, metadata, call), text, metadata),
  )
  const response = emptyResponse(id, model ?? call.model)
  return JSON.stringify({ ...response, ...ending(reason, usage), output })
}

async function* stream(parts: AsyncIterable<CanonicalPart>, call: Call): AsyncGenerator<string> {
  let sequence = -1
  const send = (type: string, fields: object) => {
    sequence += 1
    return sse({ type, sequence_number: sequence, ...fields }, type)
  }
  let response = emptyResponse(null, call.model)
  const output: object[] = []
  let item: OutputItem | null = null
  let text = ''
  for await (const event of answerEvents(parts)) {
    switch (event.type) {
      case 'start':
        response = emptyResponse(event.id, event.model ?? call.model)
        yield send('response.created', { response })
        yield send('response.in_progress', { response })
        break
      case 'ping':
        yield ': ping\n\n'
        break
      case 'open': {
        item = newItem(event.block, event.metadata, call)
        text = ''
        const started = { output_index: output.length, item: item.started }
        yield send('response.output_item.added', started)
        for (const [type, fields] of itemPieces(item, 'open', '', event.isEmpty)) {
          yield send(type, { ...placeOf(item, output.length), ...fields })
        }
        break
      }
      case 'delta': {
        if (item === null) break
        text += event.text
        for (const [type, fields] of itemPieces(item, 'delta', event.text, false)) {
          yield send(type, { ...placeOf(item, output.length), ...fields })
        }
        break
      }
      case 'close': {
        if (item === null) break
        for (const [type, fields] of itemPieces(item, 'close', text, event.isEmpty)) {
          yield send(type, { ...placeOf(item, output.length), ...fields })
        }
        const done = itemOf(item, text, event.metadata)
        yield send('response.output_item.done', { output_index: output.length, item: done })
        output.push(done)
        break
      }
      case 'finish':
        yield lastEvent(send, { ...response, ...ending(event.reason, event.usage), output }, event)
        break
      case 'error':
        yield send('response.failed', { response: { ...failed(event.refusal, response), output } })
    }
  }
}

function placeOf({ started }: OutputItem, outputIndex: number) {
  return { item_id: started.id, output_index: outputIndex }
}

function lastEvent(
  send: (type: string, fields: object) => string,
  response: object,
  { reason }: Extract<AnswerEvent, { type: 'finish' }>,
): string {
  return send(isCut(reason) ? 'response.incomplete' : 'response.completed', { response })
}

function isCut(reason: FinishReason): boolean {
  return reason === 'length' || reason === 'content-filter'
}

function ending(reason: FinishReason, usage: TokenUsage | null) {
  const word = reason === 'length' ? 'max_output_tokens' : 'content_filter'
  return {
    status: isCut(reason) ? 'incomplete' : 'completed',
    incomplete_details: isCut(reason) ? { reason: word } : null,
    usage: usage === null ? null : responsesUsage(usage),
  }
}

function failed(refusal: Refusal, response: object) {
  const { code, message } = openaiError(refusal)
  return { ...response, status: 'failed', error: { code: code ?? 'invalid_prompt', message } }
}

function emptyResponse(id: string | null, model: string) {
  return {
    id: id === null ? newId('resp_') : answerId('resp_', id),
    object: 'response',
    created_at: nowSeconds(),
    status: 'in_progress',
    background: false,
    error: null,
    incomplete_details: null,
    instructions: null,
    max_output_tokens: null,
    metadata: {},
    model,
    output: [],
    parallel_tool_calls: true,
    previous_response_id: null,
    store: false,
    temperature: null,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: [],
    top_p: null,
    truncation: 'disabled',
    usage: null,
  }
}

function responsesUsage(usage: TokenUsage) {
  return {
    input_tokens: usage.inputTokens,
    input_tokens_details: {
      cached_tokens: usage.cachedInputTokens,
      cache_write_tokens: usage.cacheWriteTokens,
    },
    output_tokens: usage.outputTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
    total_tokens: usage.inputTokens + usage.outputTokens,
  }
}
