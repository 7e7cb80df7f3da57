import type { TokenUsage } from '../../../../core/model-call.ts'
import { type AnswerBlock, answerEvents, type FinishReason } from '../answer-events.ts'
import { answerId, nowSeconds, sse } from '../answer-text.ts'
import { type ProviderMetadata, toolIdForAgent } from '../carried-metadata.ts'
import type { Call, CanonicalPart } from '../dialect.ts'
import { openaiError } from '../openai/openai-errors.ts'
import { argumentsOf } from '../read-body.ts'
import { type WholeAnswer, type WholeBlock, wholeAnswer } from '../whole-answer.ts'

const FINISH_REASONS: Readonly<Record<FinishReason, string>> = {
  stop: 'stop',
  length: 'length',
  'content-filter': 'content_filter',
  'tool-calls': 'tool_calls',
  error: 'stop',
  interrupted: 'stop',
  other: 'stop',
}

export async function* writeChat(
  parts: AsyncIterable<CanonicalPart>,
  call: Call,
): AsyncGenerator<string> {
  if (call.stream) yield* stream(parts, call)
  else yield await whole(parts, call)
}

async function whole(parts: AsyncIterable<CanonicalPart>, call: Call): Promise<string> {
  const result = await wholeAnswer(parts)
  if ('refusal' in result) return JSON.stringify({ error: openaiError(result.refusal) })
  const { id, model, reason, usage } = result.answer
  return JSON.stringify({
    id: answerId('chatcmpl-', id),
    object: 'chat.completion',
    created: nowSeconds(),
    model: model ?? call.model,
    choices: [
      {
        index: 0,
        message: messageOf(result.answer, call),
        logprobs: null,
        finish_reason: FINISH_REASONS[reason],
      },
    ],
    ...(usage === null ? {} : { usage: chatUsage(usage) }),
  })
}

function messageOf({ blocks }: WholeAnswer, call: Call) {
  const of = (kind: AnswerBlock['kind']) => blocks.filter(({ block }) => block.kind === kind)
  const textOf = (kind: AnswerBlock['kind']) =>
    of(kind)
      .map(({ text }) => text)
      .join('')
  const tools = of('tool').flatMap((one) => toolCallOf(one, call))
  const reasoning = textOf('reasoning')
  return {
    role: 'assistant',
    content: of('text').length === 0 ? null : textOf('text'),
    refusal: null,
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...(tools.length === 0 ? {} : { tool_calls: tools }),
  }
}

function toolCallOf({ block, text, metadata }: WholeBlock, call: Call): object[] {
  if (block.kind !== 'tool') return []
  const id = toolIdForAgent(block.id, metadata)
  const renamed = call.renamedTools?.[block.name]
  if (renamed?.kind === 'text') {
    const input = String(argumentsOf(text)?.input ?? text)
    return [{ id, type: 'custom', custom: { name: renamed.name, input } }]
  }
  return [{ id, type: 'function', function: { name: block.name, arguments: text || '{}' } }]
}

async function* stream(parts: AsyncIterable<CanonicalPart>, call: Call): AsyncGenerator<string> {
  let head: object = {}
  let tools = 0
  let textInput = ''
  const chunk = (delta: object, reason: string | null = null) =>
    sse({ ...head, choices: [{ index: 0, delta, logprobs: null, finish_reason: reason }] })
  for await (const event of answerEvents(parts)) {
    switch (event.type) {
      case 'start':
        head = {
          id: answerId('chatcmpl-', event.id),
          object: 'chat.completion.chunk',
          created: nowSeconds(),
          model: event.model ?? call.model,
        }
        yield chunk({ role: 'assistant', content: '', refusal: null })
        break
      case 'ping':
        yield ': ping\n\n'
        break
      case 'open':
        textInput = ''
        if (event.block.kind === 'tool' && !isTextTool(event.block, call)) {
          yield chunk({ tool_calls: [openTool(event.block, event.metadata, tools)] })
        }
        break
      case 'delta':
        // A text tool's input stands inside of JSON: it can be told only when that is whole.
        if (isTextTool(event.block, call)) textInput += event.text
        else yield chunk(deltaOf(event.block, event.text, tools))
        break
      case 'close':
        if (event.block.kind !== 'tool') break
        if (isTextTool(event.block, call)) {
          const calls = toolCallOf({ ...event, text: textInput }, call)
          yield chunk({ tool_calls: calls.map((one) => ({ index: tools, ...one })) })
        } else if (event.isEmpty) {
          yield chunk(deltaOf(event.block, '{}', tools))
        }
        tools += 1
        break
      case 'finish':
        yield chunk({}, FINISH_REASONS[event.reason])
        if (call.usageInStream === true && event.usage !== null) {
          yield sse({ ...head, choices: [], usage: chatUsage(event.usage) })
        }
        yield 'data: [DONE]\n\n'
        break
      case 'error':
        yield sse({ error: openaiError(event.refusal) })
    }
  }
}

function isTextTool(block: AnswerBlock, call: Call): boolean {
  return block.kind === 'tool' && call.renamedTools?.[block.name]?.kind === 'text'
}

function openTool(
  block: Extract<AnswerBlock, { kind: 'tool' }>,
  metadata: ProviderMetadata,
  index: number,
) {
  const id = toolIdForAgent(block.id, metadata)
  return { index, id, type: 'function', function: { name: block.name, arguments: '' } }
}

function deltaOf(block: AnswerBlock, text: string, index: number) {
  switch (block.kind) {
    case 'text':
      return { content: text }
    case 'reasoning':
      return { reasoning_content: text }
    case 'tool':
      return { tool_calls: [{ index, function: { arguments: text } }] }
  }
}

function chatUsage(usage: TokenUsage) {
  return {
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: usage.inputTokens + usage.outputTokens,
    prompt_tokens_details: {
      cached_tokens: usage.cachedInputTokens,
      cache_write_tokens: usage.cacheWriteTokens,
    },
    completion_tokens_details: { reasoning_tokens: usage.reasoningTokens },
  }
}
