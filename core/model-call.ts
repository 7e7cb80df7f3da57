/** The ways in which agents speak to models over HTTP. */
export const DIALECTS = ['anthropic-messages', 'openai-chat', 'openai-responses', 'gemini'] as const
export type DialectName = (typeof DIALECTS)[number]

/** Tokens of one call as the provider counted them. */
export interface TokenUsage {
  /** All of the prompt, cached parts included. */
  readonly inputTokens: number
  /** Part of `inputTokens`. */
  readonly cachedInputTokens: number
  /** Part of `inputTokens`. */
  readonly cacheWriteTokens: number
  /** All that was generated, reasoning included. */
  readonly outputTokens: number
  /** Part of `outputTokens`; 0 where the provider does not tell. */
  readonly reasoningTokens: number
}

export interface ToolCall {
  readonly id: string
  readonly name: string
  /** JSON as the model wrote it. */
  readonly input: string
}

/** One call of a model as the gateway saw it: what is recorded of it, its bytes put together again. */
export interface ModelCall {
  /** From 1, in the order in which the attempt's calls began. */
  readonly call: number
  readonly dialect: DialectName
  /** How the provider was spoken to; another than `dialect` when the call was translated. */
  readonly providerDialect: DialectName | 'scripted' | 'replay'
  /** As the agent wrote it. */
  readonly modelAsked: string
  /** `provider/name` that it was sent to. */
  readonly model: string
  /** As the answer says; null when it does not. */
  readonly modelAnswered: string | null
  readonly stream: boolean
  readonly end: 'answered' | 'refused' | 'failed' | 'abandoned'
  /** Why, unless it was answered. */
  readonly problem: string
  /** HTTP status that the agent got. */
  readonly status: number
  /** ISO 8601, the node's clock. */
  readonly startedAt: string
  /** Waiting for a turn at the provider, backing off included; not the agent's time. */
  readonly waitedMs: number
  /** From the turn to the first byte of the answer; null without one. */
  readonly firstByteMs: number | null
  /** From the turn to the last byte. */
  readonly answerMs: number
  /** How often the provider was asked again. */
  readonly retries: number
  readonly usage: TokenUsage | null
  /** Millionths of a US dollar; null when unknown. */
  readonly costMicros: number | null
  readonly finishReason: string
  readonly text: string
  readonly reasoning: string
  readonly toolCalls: readonly ToolCall[]
  /** What translation could not carry over, by path in the request. */
  readonly lost: readonly string[]
  /** The body of the request, as the agent sent it. */
  readonly request: string
  /** The body of the answer as the agent got it: JSON, or the text of an event stream. */
  readonly response: string
}
