import { z } from 'zod'
import { messageOf } from '../../../core/failure.ts'
import type { Refusal } from './dialect.ts'

const refusal = z.object({
  reason: z.enum([
    'bad-request',
    'bad-key',
    'not-allowed',
    'not-found',
    'too-large',
    'budget',
    'rate-limited',
    'provider-failed',
    'provider-overloaded',
  ]),
  message: z.string(),
  retryAfterMs: z.number().optional(),
})
const withStatus = z.looseObject({ statusCode: z.number() })
const withMessage = z.looseObject({ message: z.string() })

const REASONS: Readonly<Record<number, Refusal['reason']>> = {
  400: 'bad-request',
  401: 'bad-key',
  403: 'not-allowed',
  404: 'not-found',
  413: 'too-large',
  429: 'rate-limited',
  503: 'provider-overloaded',
  529: 'provider-overloaded',
}

/** What a dialect is to say of an error that came in place of the rest of an answer. */
export function refusalOf(error: unknown): Refusal {
  const own = refusal.safeParse(error)
  if (own.success) {
    const { retryAfterMs, ...rest } = own.data
    return retryAfterMs === undefined ? rest : { ...rest, retryAfterMs }
  }
  const status = withStatus.safeParse(error).data?.statusCode ?? 500
  return { reason: REASONS[status] ?? 'provider-failed', message: wordsOf(error) }
}

function wordsOf(error: unknown): string {
  if (error instanceof Error) return messageOf(error)
  return withMessage.safeParse(error).data?.message ?? String(error)
}

/**
 * Headers that tell official SDKs whether trying again can help. `retry-after` is in whole seconds,
 * as HTTP has it; `retry-after-ms` is what the SDKs of OpenAI and Anthropic look at first.
 */
export function retryHeaders({ reason, retryAfterMs }: Refusal): Record<string, string> {
  if (reason === 'budget') return { 'x-should-retry': 'false' }
  if (retryAfterMs === undefined) return {}
  return {
    'retry-after': String(Math.ceil(retryAfterMs / 1_000)),
    'retry-after-ms': String(retryAfterMs),
  }
}
