import type { CanonicalPart } from '../dialects/dialect.ts'
import type { Answer, Question } from './model-source.ts'

/**
 * Parts as an answer in the agent's dialect. The first part is waited for, so that what fails
 * before anything was said can still be tried again.
 */
export async function writtenAnswer(
  parts: AsyncIterable<CanonicalPart>,
  { dialect, call }: Question,
  { lost, signal }: { readonly lost: readonly string[]; readonly signal: AbortSignal },
): Promise<Answer> {
  const begun = await begin(abortable(parts, signal))
  return {
    status: 200,
    headers: { 'content-type': dialect.contentType(call) },
    body: encode(dialect.write(begun, call)),
    lost,
  }
}

/** The same parts, the first of which has already come. */
async function begin(parts: AsyncIterable<CanonicalPart>): Promise<AsyncIterable<CanonicalPart>> {
  const iterator = parts[Symbol.asyncIterator]()
  const first = await iterator.next()
  return (async function* () {
    try {
      for (let next = first; next.done !== true; next = await iterator.next()) yield next.value
    } finally {
      await iterator.return?.()
    }
  })()
}

/** Ends with the signal's reason even where the parts never come. */
async function* abortable(
  parts: AsyncIterable<CanonicalPart>,
  signal: AbortSignal,
): AsyncGenerator<CanonicalPart> {
  const iterator = parts[Symbol.asyncIterator]()
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  aborted.catch(() => undefined)
  const abort = () => reject(signal.reason)
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort)
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), aborted])
      if (next.done === true) return
      yield next.value
    }
  } finally {
    signal.removeEventListener('abort', abort)
    // Not waited for: what does not answer may not end either.
    void Promise.resolve(iterator.return?.()).catch(() => undefined)
  }
}

async function* encode(texts: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  for await (const text of texts) yield Buffer.from(text)
}
