import type { DialectName } from '../../../core/model-call.ts'
import { anthropicMessages } from './anthropic/anthropic-messages.ts'
import { openaiChat } from './chat/openai-chat.ts'
import type { Dialect } from './dialect.ts'
import { gemini } from './gemini/gemini.ts'
import { openaiResponses } from './responses/openai-responses.ts'

/** All ways of speaking to a model, by name. */
export const dialects: Readonly<Record<DialectName, Dialect>> = {
  'anthropic-messages': anthropicMessages,
  'openai-chat': openaiChat,
  'openai-responses': openaiResponses,
  gemini,
}
