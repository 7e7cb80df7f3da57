import type { LanguageModelV4, SharedV4ProviderOptions } from '@ai-sdk/provider'
import { vendorModel } from '../../gateway/sources/vendor-model.ts'
import type { TrialAccess } from '../../gateway/trial-access.ts'
import { httpFetch } from '../../mcp/http-fetch.ts'

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
}: Pick<TrialAccess, 'dialects' | 'url' | 'key' | 'model'>): Promise<LanguageModelV4> {
  const [dialect = 'openai-chat'] = dialects
  // Node's own fetch gives up after five minutes without a byte; a call may wait longer for its turn.
  return vendorModel(dialect, { url, model, apiKey: key, fetch: httpFetch(), name: 'gateway' })
}
