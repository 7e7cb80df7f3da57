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

/**
 * The contestant's model behind the gateway, spoken to as its provider itself is. Its package is loaded
 * by the first trial that needs it, not by every worker's start.
 */
export async function languageModel({
  dialects,
  url,
  key,
  model,
}: Pick<TrialAccess, 'dialects' | 'url' | 'key' | 'model'>): Promise<LanguageModelV4> {
  const dialect = dialects[0] ?? 'openai-chat'
  // Node's own fetch gives up after five minutes without a byte; a call may wait longer for its turn.
  const settings = { baseURL: `${url}${PREFIXES[dialect]}`, apiKey: key, fetch: httpFetch() }
  switch (dialect) {
    case 'anthropic-messages': {
      const { createAnthropic } = await import('@ai-sdk/anthropic')
      return createAnthropic(settings)(model)
    }
    case 'openai-chat': {
      const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible')
      return createOpenAICompatible({ ...settings, name: 'gateway', includeUsage: true })(model)
    }
    case 'openai-responses': {
      const { createOpenAI } = await import('@ai-sdk/openai')
      return createOpenAI(settings).responses(model)
    }
    case 'gemini': {
      const { createGoogle } = await import('@ai-sdk/google')
      return createGoogle(settings)(model)
    }
  }
}
