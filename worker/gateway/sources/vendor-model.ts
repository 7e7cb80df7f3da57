import type { LanguageModelV4 } from '@ai-sdk/provider'
import type { DialectName } from '../../../core/model-call.ts'

export interface VendorModelOptions {
  /** Of the API, without a path. */
  readonly url: string
  readonly model: string
  readonly apiKey: string
  readonly fetch: typeof fetch
  /** What messages call an OpenAI-compatible provider. */
  readonly name: string
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * A model that speaks a dialect, by the AI SDK's package for it. Packages are loaded by the first call
 * that needs one, not by every worker's start: most nodes need one of them or none.
 */
export async function vendorModel(
  dialect: DialectName,
  { url, model, apiKey, fetch, name, headers = {} }: VendorModelOptions,
): Promise<LanguageModelV4> {
  // Where the vendors' own clients put the paths of each dialect.
  const baseURL = `${url}${dialect === 'gemini' ? '/v1beta' : '/v1'}`
  const settings = { baseURL, apiKey, fetch, headers: { ...headers } }
  switch (dialect) {
    case 'anthropic-messages': {
      const { createAnthropic } = await import('@ai-sdk/anthropic')
      return createAnthropic(settings)(model)
    }
    case 'openai-chat': {
      const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible')
      return createOpenAICompatible({ ...settings, name, includeUsage: true }).chatModel(model)
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
