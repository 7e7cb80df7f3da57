import { z } from 'zod'
import type { AnswerReader, Draft } from '../answer-observer.ts'
import { openaiUsageOf } from '../openai/openai-models.ts'

const count = z.number().nullish()
const usage = z.looseObject({
  prompt_tokens: count,
  completion_tokens: count,
  prompt_tokens_details: z
    .looseObject({ cached_tokens: count, cache_write_tokens: count })
    .nullish(),
  completion_tokens_details: z.looseObject({ reasoning_tokens: count }).nullish(),
})
const message = z.looseObject({
  content: z.string().nullish(),
  refusal: z.string().nullish(),
  // Vendors that show reasoning call it one or the other.
  reasoning_content: z.string().nullish(),
  reasoning: z.string().nullish(),
  tool_calls: z
    .array(
      z.looseObject({
        index: z.number().nullish(),
        id: z.string().nullish(),
        function: z
          .looseObject({ name: z.string().nullish(), arguments: z.string().nullish() })
          .nullish(),
        custom: z
          .looseObject({ name: z.string().nullish(), input: z.string().nullish() })
          .nullish(),
      }),
    )
    .nullish(),
})
const answer = z.looseObject({
  model: z.string().nullish(),
  choices: z
    .array(
      z.looseObject({
        message: message.nullish(),
        delta: message.nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .nullish(),
  usage: usage.nullish(),
  error: z
    .union([
      z.string(),
      z.looseObject({
        message: z.string(),
        type: z.string().nullish(),
        code: z.union([z.string(), z.number()]).nullish(),
      }),
    ])
    .nullish(),
})

/**
 * Reads answers of Chat Completions. `finish_reason` is taken for the end, since not every server of
 * this dialect sends `[DONE]`; of several choices the first is read.
 */
export const chatReader: AnswerReader = { event: read, whole: read }

function read(draft: Draft, data: object): void {
  const { model, choices, usage: counts, error } = answer.parse(data)
  if (error) {
    const {
      message: words,
      type,
      code,
    } = typeof error === 'string' ? { message: error, type: null, code: null } : error
    draft.vendorError = { type: String(type ?? code ?? 'error'), message: words }
    return
  }
  if (!choices) throw new Error('there are no choices')
  draft.model ??= model ?? null
  if (counts) {
    draft.usage = openaiUsageOf({
      input: counts.prompt_tokens,
      cached: counts.prompt_tokens_details?.cached_tokens,
      written: counts.prompt_tokens_details?.cache_write_tokens,
      output: counts.completion_tokens,
      reasoning: counts.completion_tokens_details?.reasoning_tokens,
    })
  }
  const [choice] = choices
  if (choice === undefined) return
  addMessage(draft, choice.message ?? choice.delta ?? {})
  if (!choice.finish_reason) return
  draft.finishReason = choice.finish_reason
  draft.isFinished = true
}

function addMessage(draft: Draft, said: z.infer<typeof message>): void {
  draft.text += said.content ?? said.refusal ?? ''
  draft.reasoning += said.reasoning_content ?? said.reasoning ?? ''
  said.tool_calls?.forEach((call, at) => {
    const key = call.index ?? at
    const tool = draft.tools.get(key) ?? { id: '', name: '', input: '' }
    tool.id ||= call.id ?? ''
    tool.name ||= call.function?.name ?? call.custom?.name ?? ''
    tool.input += call.function?.arguments ?? call.custom?.input ?? ''
    draft.tools.set(key, tool)
  })
}
