import { z } from 'zod'
import type { TokenUsage } from '../../../../core/model-call.ts'
import type { AnswerReader, Draft } from '../answer-observer.ts'
import { NO_USAGE } from '../usage.ts'

const count = z.number().nullish()
const usage = z.looseObject({
  input_tokens: count,
  cache_creation_input_tokens: count,
  cache_read_input_tokens: count,
  output_tokens: count,
  output_tokens_details: z.looseObject({ thinking_tokens: count }).nullish(),
})
const block = z.looseObject({
  type: z.string(),
  id: z.string().optional(),
  name: z.string().optional(),
  input: z.unknown().optional(),
  text: z.string().optional(),
  thinking: z.string().optional(),
})
const error = z.object({ error: z.object({ type: z.string(), message: z.string() }) })

const message = z.looseObject({
  type: z.string(),
  model: z.string().optional(),
  content: z.array(block).optional(),
  stop_reason: z.string().nullish(),
  usage: usage.nullish(),
})

const event = z.looseObject({
  type: z.string(),
  index: z.number().optional(),
  message: message.optional(),
  content_block: block.optional(),
  delta: z
    .looseObject({
      type: z.string().optional(),
      text: z.string().optional(),
      thinking: z.string().optional(),
      partial_json: z.string().optional(),
      stop_reason: z.string().nullish(),
    })
    .optional(),
  usage: usage.nullish(),
})

/** Reads answers of the Messages API. */
export const anthropicReader: AnswerReader = {
  event(draft, data) {
    const { type, index = 0, ...said } = event.parse(data)
    switch (type) {
      case 'message_start':
        draft.model = said.message?.model ?? null
        return addUsage(draft, said.message?.usage)
      case 'content_block_start':
        return addBlock(draft, said.content_block, index, '')
      case 'content_block_delta': {
        draft.text += said.delta?.text ?? ''
        draft.reasoning += said.delta?.thinking ?? ''
        const tool = draft.tools.get(index)
        if (tool !== undefined) tool.input += said.delta?.partial_json ?? ''
        return
      }
      case 'message_delta':
        draft.finishReason = said.delta?.stop_reason ?? draft.finishReason
        return addUsage(draft, said.usage)
      case 'message_stop':
        draft.isFinished = true
        for (const tool of draft.tools.values()) tool.input ||= '{}'
        return
      case 'error':
        draft.vendorError = error.parse(data).error
        return
    }
  },

  whole(draft, data) {
    const body = message.parse(data)
    if (body.type === 'error') {
      draft.vendorError = error.parse(data).error
      return
    }
    draft.model = body.model ?? null
    body.content?.forEach((one, index) => {
      addBlock(draft, one, index, JSON.stringify(one.input))
    })
    addUsage(draft, body.usage)
    draft.finishReason = body.stop_reason ?? ''
    draft.isFinished = body.type === 'message' && draft.finishReason !== ''
  },
}

function addBlock(
  draft: Draft,
  one: z.infer<typeof block> | undefined,
  index: number,
  input: string,
): void {
  draft.text += one?.text ?? ''
  draft.reasoning += one?.thinking ?? ''
  if (one?.type !== 'tool_use') return
  draft.tools.set(index, { id: one.id ?? '', name: one.name ?? '', input })
}

/** Counts are totals of the whole message, and those that do not apply are left out. */
function addUsage(draft: Draft, counts: z.infer<typeof usage> | null | undefined): void {
  if (!counts) return
  const before = draft.usage ?? NO_USAGE
  const cached = counts.cache_read_input_tokens ?? before.cachedInputTokens
  const written = counts.cache_creation_input_tokens ?? before.cacheWriteTokens
  const plainBefore = before.inputTokens - before.cachedInputTokens - before.cacheWriteTokens
  const after: TokenUsage = {
    inputTokens: (counts.input_tokens ?? plainBefore) + cached + written,
    cachedInputTokens: cached,
    cacheWriteTokens: written,
    outputTokens: counts.output_tokens ?? before.outputTokens,
    reasoningTokens: counts.output_tokens_details?.thinking_tokens ?? before.reasoningTokens,
  }
  draft.usage = after
}
