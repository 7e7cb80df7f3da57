/** US dollars for a million tokens. What is null costs what plain input tokens do. */
export interface Rates {
  readonly input: number
  readonly output: number
  /** Input that was read from the provider's cache. */
  readonly cachedInput: number | null
  /** Input that was written to the provider's cache. */
  readonly cacheWrite: number | null
}

export interface Price extends Rates {
  /** ISO 8601 day on which the price was what it says here. */
  readonly asOf: string
  /** What all tokens of a call with a longer prompt cost; absent where length makes no difference. */
  readonly longPrompt?: LongPromptRates
}

export interface LongPromptRates extends Rates {
  /** Of input tokens, cached ones included, that still go at the usual rates. */
  readonly above: number
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

/** The rates of a call whose prompt has so many tokens, cached ones included. */
export function ratesFor(price: Price, inputTokens: number): Rates {
  const { longPrompt } = price
  return longPrompt !== undefined && inputTokens > longPrompt.above ? longPrompt : price
}
