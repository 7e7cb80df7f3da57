import type { TokenUsage } from '../../../../core/model-call.ts'
import { type AnswerBlock, answerEvents, type FinishReason } from '../answer-events.ts'
import { newId, sse } from '../answer-text.ts'
import { isWorthCarrying, type ProviderMetadata, seal } from '../carried-metadata.ts'
import type { Call, CanonicalPart } from '../dialect.ts'
import { argumentsOf } from '../read-body.ts'
import { wholeAnswer } from '../whole-answer.ts'
import { geminiError } from './gemini-errors.ts'

const FINISH_REASONS: Readonly<Record<FinishReason, string>> = {
  stop: 'STOP',
  length: 'MAX_TOKENS',
  'content-filter': 'SAFETY',
  'tool-calls': 'STOP',
  error: 'OTHER',
  interrupted: 'OTHER',
  other: 'OTHER',
}
const MALFORMED_CALL = 'MALFORMED_FUNCTION_CALL'

export async function* writeGemini(
  parts: AsyncIterable<CanonicalPart>,
  call: Call,
): AsyncGenerator<string> {
  if (!call.stream) yield await whole(parts, call)
  else if (call.streamForm === 'array') yield* asArray(chunks(parts, call))
  else for await (const chunk of chunks(parts, call)) yield sse(chunk)
}

async function whole(parts: AsyncIterable<CanonicalPart>, call: Call): Promise<string> {
  const result = await wholeAnswer(parts)
  if ('refusal' in result) return JSON.stringify(geminiError(result.refusal))
  const { id, model, blocks, reason, usage } = result.answer
  const written = blocks.map(({ block, text, metadata }) => partOf(block, text, metadata))
  const content = { role: 'model', parts: written.flatMap((part) => part ?? []) }
  const isMalformed = written.includes(null)
  const finishReason = isMalformed ? MALFORMED_CALL : FINISH_REASONS[reason]
  return JSON.stringify({
    candidates: [{ content, finishReason, index: 0 }],
    ...(usage === null ? {} : { usageMetadata: geminiUsage(usage) }),
    modelVersion: model ?? call.model,
    responseId: id ?? newId(''),
  })
}

/** What a stream sends, one object after the other. */
async function* chunks(parts: AsyncIterable<CanonicalPart>, call: Call): AsyncGenerator<object> {
  let head: object = {}
  let args = ''
  let isMalformed = false
  const chunk = (written: object[], rest: object = {}) => ({
    candidates: [{ content: { role: 'model', parts: written }, index: 0, ...rest }],
    ...head,
  })
  for await (const event of answerEvents(parts)) {
    switch (event.type) {
      case 'start':
        head = { modelVersion: event.model ?? call.model, responseId: event.id ?? newId('') }
        break
      case 'ping':
        // Gemini has no ping; an empty piece of text does the same.
        yield chunk([{ text: '' }])
        break
      case 'open':
        args = ''
        break
      case 'delta': {
        const isThought = event.block.kind === 'reasoning'
        // Arguments are an object here: they are told when they are whole.
        if (event.block.kind === 'tool') args += event.text
        else yield chunk([{ text: event.text, ...(isThought ? { thought: true } : {}) }])
        break
      }
      case 'close': {
        const text = event.block.kind === 'tool' ? args : ''
        const part = partOf(event.block, text, event.metadata)
        const isSigned = isWorthCarrying(event.metadata)
        if (part === null) isMalformed = true
        else if (event.block.kind === 'tool' || isSigned) yield chunk([part])
        break
      }
      case 'finish': {
        const finishReason = isMalformed ? MALFORMED_CALL : FINISH_REASONS[event.reason]
        const usage = event.usage === null ? {} : { usageMetadata: geminiUsage(event.usage) }
        yield { ...chunk([{ text: '' }], { finishReason }), ...usage }
        break
      }
      case 'error':
        yield geminiError(event.refusal)
    }
  }
}

/** Null for a call whose arguments are no object: this dialect cannot say it. */
function partOf(block: AnswerBlock, text: string, metadata: ProviderMetadata): object | null {
  const signature = signatureOf(metadata)
  switch (block.kind) {
    case 'text':
      return { text, ...signature }
    case 'reasoning':
      return { text, thought: true, ...signature }
    case 'tool': {
      const args = argumentsOf(text)
      if (args === null) return null
      return { functionCall: { id: block.id, name: block.name, args }, ...signature }
    }
  }
}

function signatureOf(metadata: ProviderMetadata): { thoughtSignature?: string } {
  const own = metadata.google?.thoughtSignature
  if (typeof own === 'string') return { thoughtSignature: own }
  return isWorthCarrying(metadata) ? { thoughtSignature: seal(metadata) } : {}
}

async function* asArray(elements: AsyncIterable<object>): AsyncGenerator<string> {
  let isFirst = true
  for await (const element of elements) {
    yield `${isFirst ? '[' : ',\r\n'}${JSON.stringify(element)}`
    isFirst = false
  }
  yield isFirst ? '[]' : ']'
}

/** Gemini counts thoughts beside the answer, and what is cached into the prompt. */
function geminiUsage(usage: TokenUsage) {
  const { inputTokens, outputTokens, reasoningTokens } = usage
  return {
    promptTokenCount: inputTokens,
    cachedContentTokenCount: usage.cachedInputTokens,
    candidatesTokenCount: Math.max(0, outputTokens - reasoningTokens),
    thoughtsTokenCount: reasoningTokens,
    totalTokenCount: inputTokens + outputTokens,
  }
}
