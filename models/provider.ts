import type { DialectName } from '../core/model-call.ts'

/** Who answers calls of models, as an installation configures it. Keys are looked up on the node alone. */
export interface Provider {
  /** The part of a model's name before its first slash. */
  readonly name: string
  /** First is preferred where a call has to be translated. */
  readonly dialects: readonly [DialectName, ...DialectName[]]
  /** Where the paths of the dialects begin, without a slash at the end: `https://api.example.com`. */
  readonly baseUrl: string
  /** Where the node finds the key; null for a provider that wants none. */
  readonly key: { readonly env: string } | { readonly file: string } | null
  /** Sent with every call. */
  readonly headers: Readonly<Record<string, string>>
  readonly pace: Pace
}

/** What the whole fleet together may ask of a provider's model; null is as much as it takes. */
export interface Pace {
  readonly requestsPerMinute: number | null
  /** Input and output together. */
  readonly tokensPerMinute: number | null
  readonly concurrency: number | null
}
