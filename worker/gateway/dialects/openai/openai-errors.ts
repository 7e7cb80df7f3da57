import { retryHeaders } from '../answer-error.ts'
import { JSON_TYPE } from '../answer-text.ts'
import type { HttpAnswer, Refusal } from '../dialect.ts'

/** @see https://platform.openai.com/docs/guides/error-codes */
const ERRORS: Readonly<
  Record<Refusal['reason'], readonly [status: number, type: string, code: string | null]>
> = {
  'bad-request': [400, 'invalid_request_error', null],
  'bad-key': [401, 'invalid_request_error', 'invalid_api_key'],
  'not-allowed': [403, 'invalid_request_error', 'model_not_allowed'],
  'not-found': [404, 'invalid_request_error', 'model_not_found'],
  'too-large': [413, 'invalid_request_error', 'request_too_large'],
  budget: [429, 'insufficient_quota', 'insufficient_quota'],
  'rate-limited': [429, 'rate_limit_error', 'rate_limit_exceeded'],
  'provider-failed': [500, 'server_error', 'server_error'],
  'provider-overloaded': [503, 'server_error', 'server_is_overloaded'],
}

/** The `error` of a body, of a chunk and of a response that failed. */
export function openaiError({ reason, message }: Refusal) {
  const [, type, code] = ERRORS[reason]
  return { message, type, param: null, code }
}

export function refuseOpenai(refusal: Refusal): HttpAnswer {
  return {
    status: ERRORS[refusal.reason][0],
    headers: { 'content-type': JSON_TYPE, ...retryHeaders(refusal) },
    body: JSON.stringify({ error: openaiError(refusal) }),
  }
}
