import { z } from 'zod'
import type { AnswerReader, Draft } from '../answer-observer.ts'
import { openaiUsageOf } from '../openai/openai-models.ts'

const count = z.number().nullish()
const usage = z.looseObject({
  input_tokens: count,
  input_tokens_details: z
    .looseObject({ cached_tokens: count, cache_write_tokens: count })
    .nullish(),
  output_tokens: count,
  output_tokens_details: z.looseObject({ reasoning_tokens: count }).nullish(),
})
const text = z.looseObject({ text: z.string().nullish(), refusal: z.string().nullish() })
const item = z.looseObject({
  type: z.string(),
  call_id: z.string().nullish(),
  name: z.string().nullish(),
  arguments: z.unknown().optional(),
  input: z.unknown().optional(),
  content: z.array(text).nullish(),
  summary: z.array(text).nullish(),
})
const error = z.looseObject({
  message: z.string(),
  type: z.string().nullish(),
  code: z.string().nullish(),
})
const response = z.looseObject({
  model: z.string().nullish(),
  status: z.string().nullish(),
  output: z.array(item).nullish(),
  usage: usage.nullish(),
  incomplete_details: z.looseObject({ reason: z.string().nullish() }).nullish(),
  error: error.nullish(),
})
const event = z.looseObject({
  type: z.string(),
  output_index: z.number().nullish(),
  delta: z.string().nullish(),
  item: item.nullish(),
  response: response.nullish(),
  error: error.nullish(),
  message: z.string().nullish(),
  code: z.string().nullish(),
})

/** Reads answers of the Responses API. */
export const responsesReader: AnswerReader = {
  event(draft, data) {
    const {
      type,
      output_index: index,
      delta,
      item: one,
      response: said,
      ...rest
    } = event.parse(data)
    switch (type) {
      case 'response.output_text.delta':
      case 'response.refusal.delta':
        draft.text += delta ?? ''
        return
      case 'response.reasoning_summary_text.delta':
      case 'response.reasoning_text.delta':
        draft.reasoning += delta ?? ''
        return
      case 'response.output_item.added':
        return addTool(draft, one, index ?? 0)
      case 'response.function_call_arguments.delta':
      case 'response.custom_tool_call_input.delta': {
        const tool = draft.tools.get(index ?? 0)
        if (tool !== undefined) tool.input += delta ?? ''
        return
      }
      case 'response.output_item.done':
        return addTool(draft, one, index ?? 0)
      case 'response.created':
        draft.model = said?.model ?? null
        return
      case 'response.completed':
      case 'response.incomplete':
      case 'response.failed':
        return addEnd(draft, said ?? {})
      case 'error': {
        const message = rest.error?.message ?? rest.message ?? 'no message'
        const word = rest.error?.code ?? rest.error?.type ?? rest.code ?? 'error'
        draft.vendorError = { type: word, message }
        return
      }
    }
  },

  whole(draft, data) {
    const body = response.parse(data)
    body.output?.forEach((one, index) => {
      if (one.type === 'message') draft.text += wordsOf(one.content)
      if (one.type === 'reasoning') draft.reasoning += wordsOf(one.content ?? one.summary)
      addTool(draft, one, index)
    })
    addEnd(draft, body)
  },
}

function addEnd(draft: Draft, said: z.infer<typeof response>): void {
  draft.model = said.model ?? draft.model
  if (said.error) {
    const { code, type, message } = said.error
    draft.vendorError = { type: code ?? type ?? 'error', message }
    return
  }
  if (said.usage) {
    draft.usage = openaiUsageOf({
      input: said.usage.input_tokens,
      cached: said.usage.input_tokens_details?.cached_tokens,
      written: said.usage.input_tokens_details?.cache_write_tokens,
      output: said.usage.output_tokens,
      reasoning: said.usage.output_tokens_details?.reasoning_tokens,
    })
  }
  draft.finishReason = said.incomplete_details?.reason ?? said.status ?? ''
  draft.isFinished = said.status === 'completed' || said.status === 'incomplete'
}

/** Tools that the vendor runs itself are not the agent's to call. */
function addTool(draft: Draft, one: z.infer<typeof item> | null | undefined, index: number): void {
  if (!one?.type.endsWith('_call') || typeof one.call_id !== 'string') return
  const input = one.arguments ?? one.input ?? ''
  draft.tools.set(index, {
    id: one.call_id,
    name: one.name ?? one.type,
    input: typeof input === 'string' ? input : JSON.stringify(input),
  })
}

function wordsOf(parts: readonly z.infer<typeof text>[] | null | undefined): string {
  return (parts ?? []).map((part) => part.text ?? part.refusal ?? '').join('')
}
