import { retryHeaders } from '../answer-error.ts'
import { JSON_TYPE } from '../answer-text.ts'
import type { HttpAnswer, Refusal } from '../dialect.ts'

/** @see https://docs.anthropic.com/en/api/errors */
const ERRORS: Readonly<Record<Refusal['reason'], readonly [status: number, type: string]>> = {
  'bad-request': [400, 'invalid_request_error'],
  'bad-key': [401, 'authentication_error'],
  'not-allowed': [403, 'permission_error'],
  'not-found': [404, 'not_found_error'],
  'too-large': [413, 'request_too_large'],
  budget: [402, 'billing_error'],
  'rate-limited': [429, 'rate_limit_error'],
  'provider-failed': [500, 'api_error'],
  'provider-overloaded': [529, 'overloaded_error'],
}

/** The body of a refusal, and an event in the middle of a stream. */
export function anthropicError({ reason, message }: Refusal) {
  const [, type] = ERRORS[reason]
  return { type: 'error', error: { type, message } }
}

export function refuseAnthropic(refusal: Refusal): HttpAnswer {
  return {
    status: ERRORS[refusal.reason][0],
    headers: { 'content-type': JSON_TYPE, ...retryHeaders(refusal) },
    body: JSON.stringify(anthropicError(refusal)),
  }
}
