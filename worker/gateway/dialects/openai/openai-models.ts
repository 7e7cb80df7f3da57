import type { TokenUsage } from '../../../../core/model-call.ts'
import { bearerOf, headerOf, type RequestHeaders } from '../credentials.ts'
import type { Call } from '../dialect.ts'
import { modelsCall } from '../models-call.ts'

export const OPENAI_MODELS_PATH = '/v1/models'

/** What is asked of models themselves, the same for both of OpenAI's dialects; null for anything else. */
export function readOpenaiModels(method: string, path: string): Call | null {
  const [, model] = MODELS.exec(path) ?? []
  if (method !== 'GET' || model === undefined) return null
  return modelsCall(model)
}

/** Some clients leave the version out. */
const MODELS = /^(?:\/v1)?\/models(\/.+|)$/

const fact = (id: string) => ({ id, object: 'model', created: 0, owned_by: 'sbench' })

export const writeOpenaiModels = (models: readonly string[]): string =>
  JSON.stringify({ object: 'list', data: models.map(fact) })

export const writeOpenaiModel = (model: string): string => JSON.stringify(fact(model))

/** Azure's clients send `api-key`, all others a bearer token. */
export function openaiKeyOf(headers: RequestHeaders): string | null {
  return bearerOf(headers) ?? headerOf(headers, 'api-key')
}

export function openaiHeaders(key: string | null, idempotencyKey: string): Record<string, string> {
  return {
    'idempotency-key': idempotencyKey,
    ...(key === null ? {} : { authorization: `Bearer ${key}` }),
  }
}

interface Counts {
  readonly input?: number | null | undefined
  readonly cached?: number | null | undefined
  readonly written?: number | null | undefined
  readonly output?: number | null | undefined
  readonly reasoning?: number | null | undefined
}

/** OpenAI counts what was cached into the input, and what was reasoned into the output, as we do. */
export function openaiUsageOf(counts: Counts): TokenUsage {
  return {
    inputTokens: counts.input ?? 0,
    cachedInputTokens: counts.cached ?? 0,
    cacheWriteTokens: counts.written ?? 0,
    outputTokens: counts.output ?? 0,
    reasoningTokens: counts.reasoning ?? 0,
  }
}
