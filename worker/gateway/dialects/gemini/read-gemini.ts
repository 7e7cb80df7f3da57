import { z } from 'zod'
import type { TokenUsage } from '../../../../core/model-call.ts'
import type { AnswerReader, Draft } from '../answer-observer.ts'

const count = z.number().nullish()
const usage = z.looseObject({
  promptTokenCount: count,
  toolUsePromptTokenCount: count,
  cachedContentTokenCount: count,
  candidatesTokenCount: count,
  thoughtsTokenCount: count,
})
const part = z.looseObject({
  text: z.string().nullish(),
  thought: z.boolean().nullish(),
  functionCall: z
    .looseObject({ id: z.string().nullish(), name: z.string(), args: z.unknown().optional() })
    .nullish(),
})
const answer = z.looseObject({
  candidates: z
    .array(
      z.looseObject({
        content: z.looseObject({ parts: z.array(part).nullish() }).nullish(),
        finishReason: z.string().nullish(),
      }),
    )
    .nullish(),
  promptFeedback: z.looseObject({ blockReason: z.string().nullish() }).nullish(),
  usageMetadata: usage.nullish(),
  modelVersion: z.string().nullish(),
  error: z
    .looseObject({
      message: z.string(),
      status: z.string().nullish(),
      code: z.number().nullish(),
    })
    .nullish(),
})

/** Reads answers of generateContent; every piece of a stream looks like a whole answer. */
export const geminiReader: AnswerReader = { event: read, whole: read }

function read(draft: Draft, data: object): void {
  const said = answer.parse(data)
  if (said.error) {
    const { status, code, message } = said.error
    draft.vendorError = { type: String(status ?? code ?? 'error'), message }
    return
  }
  if (!said.candidates && !said.promptFeedback && !said.usageMetadata) {
    throw new Error('there is nothing of an answer in it')
  }
  draft.model ??= said.modelVersion ?? null
  if (said.usageMetadata) draft.usage = usageOf(said.usageMetadata)
  const candidate = said.candidates?.[0]
  for (const piece of candidate?.content?.parts ?? []) addPart(draft, piece)
  const end = candidate?.finishReason ?? said.promptFeedback?.blockReason
  if (!end) return
  draft.finishReason = end
  draft.isFinished = true
}

function addPart(draft: Draft, { text, thought, functionCall }: z.infer<typeof part>): void {
  if (thought) draft.reasoning += text ?? ''
  else draft.text += text ?? ''
  if (!functionCall) return
  const at = draft.tools.size
  const { id, name, args } = functionCall
  draft.tools.set(at, { id: id ?? `call_${at}`, name, input: JSON.stringify(args ?? {}) })
}

function usageOf(counts: z.infer<typeof usage>): TokenUsage {
  const reasoning = counts.thoughtsTokenCount ?? 0
  return {
    inputTokens: (counts.promptTokenCount ?? 0) + (counts.toolUsePromptTokenCount ?? 0),
    cachedInputTokens: counts.cachedContentTokenCount ?? 0,
    cacheWriteTokens: 0,
    outputTokens: (counts.candidatesTokenCount ?? 0) + reasoning,
    reasoningTokens: reasoning,
  }
}
