import { setTimeout as sleep } from 'node:timers/promises'
import {
  APICallError,
  type LanguageModelV4,
  type LanguageModelV4CallOptions,
} from '@ai-sdk/provider'
import { Failure, messageOf } from '../../../core/failure.ts'
import type { TrialAccess } from '../../gateway/trial-access.ts'
import type { AgentEnd } from '../agent.ts'
import { type ReadAnswer, readAnswer } from './read-answer.ts'

export type Asked =
  | ({ readonly kind: 'answer' } & ReadAnswer)
  /** The prompt does not fit the model's window, whatever was estimated. */
  | { readonly kind: 'too-long'; readonly why: string }
  | { readonly kind: 'stop'; readonly end: AgentEnd }

export interface Asking {
  readonly model: LanguageModelV4
  readonly access: Pick<TrialAccess, 'ended' | 'model'>
  readonly signal: AbortSignal
  /** Told of each answer that was lost on its way. */
  readonly onRetry: (why: string) => void
  /** Before the second try; doubles with each. */
  readonly backOffMs: number
}

/** The gateway asks providers again by itself; this is for answers that were cut on their way. */
const TRIES = 4

/**
 * One answer of the model.
 *
 * @throws Failure `model.provider-failed` when there is none to be had; the signal's reason when aborted.
 */
export async function askModel(
  options: LanguageModelV4CallOptions,
  asking: Asking,
): Promise<Asked> {
  const { model, access, signal, onRetry, backOffMs } = asking
  for (let attempt = 1; ; attempt += 1) {
    const before = endOf(access)
    if (before !== null) return before
    try {
      const { stream } = await model.doStream({ ...options, abortSignal: signal })
      return { kind: 'answer', ...(await readAnswer(stream)) }
    } catch (error) {
      signal.throwIfAborted()
      const ended = endOf(access)
      if (ended !== null) return ended
      const refused = refusalOf(error)
      if (refused !== null) return refused
      if (attempt === TRIES) throw providerFailed(access.model, messageOf(error), error)
      onRetry(messageOf(error))
    }
    await sleep(backOffMs * 2 ** (attempt - 1), undefined, { signal })
  }
}

/** @throws Failure `model.provider-failed` when it is the provider that ended it. */
function endOf({ ended, model }: Asking['access']): Asked | null {
  if (ended === null) return null
  if (ended.kind === 'provider') throw providerFailed(model, ended.message)
  return { kind: 'stop', end: { outcome: 'budget', detail: ended.message } }
}

/** A refusal that the same request would get again; null for what may go well the next time. */
function refusalOf(error: unknown): Asked | null {
  if (!APICallError.isInstance(error)) return null
  const { statusCode = 0, message, responseBody = '' } = error
  if (statusCode === 408 || statusCode === 409 || statusCode === 429) return null
  if (statusCode < 400 || statusCode >= 500) return null
  const text = `${message} ${responseBody.slice(0, 2_000)}`
  if (TOO_LONG.test(text)) return { kind: 'too-long', why: message }
  const detail = `the model's provider refused the request with ${statusCode}: ${message}`
  return { kind: 'stop', end: { outcome: 'agent-error', detail: detail.slice(0, 500) } }
}

/** As OpenAI, Anthropic, Google, vLLM and OpenRouter put it. */
const TOO_LONG =
  /context.{0,20}(length|window|limit)|prompt is too long|too many (input )?tokens|token count.{0,40}exceed|exceeds? the (maximum|limit).{0,40}token|input length/i

function providerFailed(model: string, why: string, cause?: unknown): Failure {
  const message = `The model ${model} gives no answer: ${why}`
  return new Failure('model.provider-failed', message.slice(0, 500), { facts: { model }, cause })
}
