import { DIALECTS } from '../core/model-call.ts'
import type { ModelFacts } from './model.ts'
import type { Pace, Provider } from './provider.ts'

export const NO_PACE: Pace = { requestsPerMinute: null, tokensPerMinute: null, concurrency: null }

/** The three vendors at their public addresses. A file of models may change any field of them. */
export const VENDORS: readonly Provider[] = [
  {
    name: 'anthropic',
    dialects: ['anthropic-messages'],
    baseUrl: 'https://api.anthropic.com',
    key: { env: 'ANTHROPIC_API_KEY' },
    headers: {},
    pace: NO_PACE,
  },
  {
    name: 'openai',
    dialects: ['openai-responses', 'openai-chat'],
    baseUrl: 'https://api.openai.com',
    key: { env: 'OPENAI_API_KEY' },
    headers: {},
    pace: NO_PACE,
  },
  {
    name: 'google',
    dialects: ['gemini'],
    baseUrl: 'https://generativelanguage.googleapis.com',
    key: { env: 'GEMINI_API_KEY' },
    headers: {},
    pace: NO_PACE,
  },
]

/**
 * Answered by the gateway itself, in whatever dialect they are asked: `scripted` plays an engineer
 * who knows the task's solution, `replay` gives recorded answers again.
 */
export const INTERNAL_PROVIDERS = ['scripted', 'replay'] as const
export type InternalProvider = (typeof INTERNAL_PROVIDERS)[number]

export const INTERNAL: readonly Provider[] = INTERNAL_PROVIDERS.map((name) => ({
  name,
  dialects: DIALECTS,
  baseUrl: '',
  key: null,
  headers: {},
  pace: NO_PACE,
}))

export function isInternal(provider: string): provider is InternalProvider {
  return INTERNAL_PROVIDERS.some((name) => name === provider)
}

export const SCRIPTED_ENGINEER = 'scripted/engineer'

const FREE = { input: 0, output: 0, cachedInput: 0, cacheWrite: 0 }

/** Its answers cost nothing on any day; the day is that of its first version. */
export const SCRIPTED_MODELS: readonly ModelFacts[] = [
  {
    model: SCRIPTED_ENGINEER,
    price: { ...FREE, asOf: '2026-11-27' },
    contextTokens: 200_000,
    maxOutputTokens: 32_000,
  },
]
