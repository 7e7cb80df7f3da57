/** US dollars for a million tokens. What is null costs what plain input tokens do. */
export interface Price {
  readonly input: number
  readonly output: number
  /** Input that was read from the provider's cache. */
  readonly cachedInput: number | null
  /** Input that was written to the provider's cache. */
  readonly cacheWrite: number | null
  /** ISO 8601 day on which somebody read it on the vendor's page. */
  readonly asOf: string
}

/** What is known of a model before it is asked anything. */
export interface ModelFacts {
  /** `provider/name`; the name may hold slashes of its own. */
  readonly model: string
  /** Null when nobody told: cost is then unknown, never zero. */
  readonly price: Price | null
  /** Tokens that a request and its answer may hold together; null when unknown. */
  readonly contextTokens: number | null
  /** Tokens that one answer may hold at most; null when unknown. */
  readonly maxOutputTokens: number | null
}
