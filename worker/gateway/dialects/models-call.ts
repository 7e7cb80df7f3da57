import type { Call } from './dialect.ts'

/**
 * What is asked of models themselves, which the gateway answers without a provider.
 *
 * @param rest of the path of the listing: empty, or a slash and a model.
 */
export function modelsCall(rest: string): Call {
  const kind = rest === '' ? 'list-models' : 'show-model'
  return { kind, model: decodedSegment(rest.slice(1)), stream: false, maxOutputTokens: null }
}

/** A part of a path; as it came when it is not encoded well. */
export function decodedSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
