import { APICallError, type LanguageModelV4 } from '@ai-sdk/provider'
import { Failure, messageOf } from '../../../core/failure.ts'
import type { Provider } from '../../../models/provider.ts'
import type { CanonicalPart } from '../dialects/dialect.ts'
import type { ModelSource } from './model-source.ts'
import { ProviderProblem, problemOfStatus } from './provider-problem.ts'
import { vendorModel } from './vendor-model.ts'
import { writtenAnswer } from './written-answer.ts'

export interface TranslatedSourceOptions {
  readonly provider: Provider
  readonly model: string
  readonly key: string | null
}

/** A provider that speaks another dialect than the agent, through the AI SDK's package for it. */
export function translatedSource({ provider, model, key }: TranslatedSourceOptions): ModelSource {
  const [dialect] = provider.dialects
  let language: Promise<LanguageModelV4> | null = null
  return {
    dialect,
    async ask(question, signal) {
      const { call, body, idempotencyKey } = question
      const { request, lost } = question.dialect.parse(call, body(), dialect)
      const headers = { ...request.headers, 'idempotency-key': idempotencyKey }
      language ??= vendorModel(dialect, {
        url: provider.baseUrl,
        model,
        // Every package takes a key; what a provider without one makes of it is its own affair.
        apiKey: key ?? 'none',
        fetch: fetchOnce,
        name: provider.name,
        headers: provider.headers,
      })
      const translator = await language
      const { stream } = await reachable(() =>
        translator.doStream({ ...request, abortSignal: signal, headers }),
      )
      const parts = sound(stream, { isHeld: !call.stream })
      return writtenAnswer(parts, question, { lost, signal })
    },
  }
}

/** What comes before the first word. */
const PRELUDE: ReadonlySet<CanonicalPart['type']> = new Set([
  'stream-start',
  'response-metadata',
  'ping',
])

/**
 * The parts of an answer. What goes wrong before the first word, or in an answer that is held until
 * it is whole, is thrown, so that it is tried again; later, the agent is told as its vendor would.
 */
async function* sound(
  parts: AsyncIterable<CanonicalPart>,
  { isHeld }: { isHeld: boolean },
): AsyncGenerator<CanonicalPart> {
  const early: CanonicalPart[] = []
  let hasBegun = false
  let hasEnded = false
  for await (const part of parts) {
    if (part.type === 'error' && (isHeld || !hasBegun)) throw problemOf(part.error)
    if (part.type === 'finish' || part.type === 'error') hasEnded = true
    if (hasBegun) {
      yield part
    } else {
      early.push(part)
      hasBegun = !PRELUDE.has(part.type)
      if (hasBegun) yield* early
    }
  }
  if (!hasEnded) throw new ProviderProblem('broken', 'The answer broke off before its end.')
}

async function reachable<Result>(work: () => PromiseLike<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw problemOf(error)
  }
}

function problemOf(error: unknown): ProviderProblem | Failure {
  if (error instanceof ProviderProblem || error instanceof Failure) return error
  if (!APICallError.isInstance(error)) return new ProviderProblem('broken', detailOf(error))
  const { statusCode, responseHeaders = {}, responseBody = '', message } = error
  if (statusCode === undefined || statusCode < 400) return new ProviderProblem('broken', message)
  const known = problemOfStatus(statusCode, responseHeaders, responseBody || message)
  return known ?? new ProviderProblem('bad-request', message)
}

function detailOf(error: unknown): string {
  return error instanceof Error ? messageOf(error) : (JSON.stringify(error) ?? String(error))
}

/** A key is for the host it was made for: no redirect takes it elsewhere. */
const fetchOnce: typeof fetch = (input, init) => fetch(input, { ...init, redirect: 'error' })
