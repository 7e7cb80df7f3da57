import { createAnthropic } from '@ai-sdk/anthropic'
import { createGoogle } from '@ai-sdk/google'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import type { LanguageModelV4 } from '@ai-sdk/provider'
import type { DialectName } from '../../../core/model-call.ts'
import type { CanonicalRequest, JsonObject } from './dialect.ts'
import { isObject, parsedJson } from './read-body.ts'

interface Settings {
  /** Of the server, without a path. */
  readonly url: string
  readonly fetch?: typeof fetch
}

/** The AI SDK's model for a provider of a dialect, as the gateway makes it. */
export function modelOf(dialect: DialectName, { url, fetch: use }: Settings): LanguageModelV4 {
  const common = { apiKey: 'key', ...(use === undefined ? {} : { fetch: use }) }
  switch (dialect) {
    case 'anthropic-messages':
      return createAnthropic({ ...common, baseURL: `${url}/v1` })('claude-sonnet-4-5')
    case 'openai-chat':
      return createOpenAICompatible({
        ...common,
        name: 'openaiCompatible',
        baseURL: `${url}/v1`,
        includeUsage: true,
        supportsStructuredOutputs: true,
      }).chatModel('some-model')
    case 'openai-responses':
      return createOpenAI({ ...common, baseURL: `${url}/v1` }).responses('gpt-4.1')
    case 'gemini':
      return createGoogle({ ...common, baseURL: `${url}/v1beta` })('gemini-3-pro-preview')
  }
}

/** The body that a provider of a dialect gets for a request. */
export async function bodySent(to: DialectName, request: CanonicalRequest): Promise<JsonObject> {
  const bodies: unknown[] = []
  const model = modelOf(to, {
    url: 'http://provider.invalid',
    async fetch(_url, init) {
      bodies.push(parsedJson(String(init?.body)))
      return new Response('{}', { status: 418 })
    },
  })
  const failure = await model.doGenerate(request).then(
    () => new Error('it was answered'),
    (error: unknown) => error,
  )
  const [body] = bodies
  if (!isObject(body)) throw failure
  return body
}
