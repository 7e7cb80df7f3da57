import { retryHeaders } from '../answer-error.ts'
import { JSON_TYPE } from '../answer-text.ts'
import type { HttpAnswer, Refusal } from '../dialect.ts'

/** @see https://ai.google.dev/gemini-api/docs/troubleshooting */
const ERRORS: Readonly<Record<Refusal['reason'], readonly [code: number, status: string]>> = {
  'bad-request': [400, 'INVALID_ARGUMENT'],
  'bad-key': [401, 'UNAUTHENTICATED'],
  'not-allowed': [403, 'PERMISSION_DENIED'],
  'not-found': [404, 'NOT_FOUND'],
  'too-large': [413, 'INVALID_ARGUMENT'],
  budget: [400, 'FAILED_PRECONDITION'],
  'rate-limited': [429, 'RESOURCE_EXHAUSTED'],
  'provider-failed': [500, 'INTERNAL'],
  'provider-overloaded': [503, 'UNAVAILABLE'],
}

/** The body of a refusal, and an event in the middle of a stream. */
export function geminiError({ reason, message, retryAfterMs }: Refusal) {
  const [code, status] = ERRORS[reason]
  if (retryAfterMs === undefined) return { error: { code, message, status } }
  const retryInfo = {
    '@type': 'type.googleapis.com/google.rpc.RetryInfo',
    retryDelay: `${retryAfterMs / 1_000}s`,
  }
  return { error: { code, message, status, details: [retryInfo] } }
}

export function refuseGemini(refusal: Refusal): HttpAnswer {
  return {
    status: ERRORS[refusal.reason][0],
    headers: { 'content-type': JSON_TYPE, ...retryHeaders(refusal) },
    body: JSON.stringify(geminiError(refusal)),
  }
}
