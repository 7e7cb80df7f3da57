import { createAnthropic } from '@ai-sdk/anthropic'
import { createGoogle } from '@ai-sdk/google'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import type { LanguageModelV4, SharedV4ProviderOptions } from '@ai-sdk/provider'
import type { DialectName } from '../../../core/model-call.ts'
import type { TrialAccess } from '../../gateway/trial-access.ts'
import { httpFetch } from '../../mcp/http-fetch.ts'

/** Where the vendors' own clients put the paths of each dialect. */
const PREFIXES: Readonly<Record<DialectName, string>> = {
  'anthropic-messages': '/v1',
  'openai-chat': '/v1',
  'openai-responses': '/v1',
  gemini: '/v1beta',
}

/** Nothing of the conversation is kept at the vendor: thoughts come back sealed instead. */
export const MODEL_OPTIONS: SharedV4ProviderOptions = {
  openai: { store: false, include: ['reasoning.encrypted_content'] },
}

/** The contestant's model behind the gateway, spoken to as its provider itself is. */
export function languageModel({
  dialects,
  url,
  key,
  model,
}: Pick<TrialAccess, 'dialects' | 'url' | 'key' | 'model'>): LanguageModelV4 {
  const dialect = dialects[0] ?? 'openai-chat'
  // Node's own fetch gives up after five minutes without a byte; a call may wait longer for its turn.
  const settings = { baseURL: `${url}${PREFIXES[dialect]}`, apiKey: key, fetch: httpFetch() }
  switch (dialect) {
    case 'anthropic-messages':
      return createAnthropic(settings)(model)
    case 'openai-chat':
      return createOpenAICompatible({ ...settings, name: 'gateway', includeUsage: true })(model)
    case 'openai-responses':
      return createOpenAI(settings).responses(model)
    case 'gemini':
      return createGoogle(settings)(model)
  }
}
