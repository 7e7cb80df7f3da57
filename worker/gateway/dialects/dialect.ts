import type { LanguageModelV4CallOptions, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import type { DialectName, TokenUsage, ToolCall } from '../../../core/model-call.ts'

/** A parsed JSON body. */
export type JsonObject = { readonly [key: string]: unknown }

/**
 * A request in the terms of the AI SDK's language model specification: what every dialect is parsed
 * to and every provider of that SDK takes, so that a call can cross from one to another.
 */
export type CanonicalRequest = LanguageModelV4CallOptions

/** What a model's answer is made of, in order; ends with one `finish` or one `error`. */
export type CanonicalPart = LanguageModelV4StreamPart

/** What a request of some dialect asks for, as far as its path and body say. */
export interface Call {
  readonly kind: 'generate' | 'count-tokens' | 'list-models' | 'show-model'
  /** As the agent wrote it; empty for `list-models`. `show-model` and that are the gateway's to answer. */
  readonly model: string
  readonly stream: boolean
  /** What the request allows the answer to be; null when it does not say. */
  readonly maxOutputTokens: number | null
  /** Gemini alone streams in two ways: as events, or as one JSON array that grows. */
  readonly streamForm?: 'events' | 'array'
  /** Chat Completions alone: whether the agent asked for usage at the end of a stream. */
  readonly usageInStream?: boolean
  /** Tools that a model is given under another name or kind than the agent knows them by. */
  readonly renamedTools?: { readonly [nameForModel: string]: RenamedTool }
}

/** How the agent knows a tool. */
export interface RenamedTool {
  readonly name: string
  /** Responses alone; null outside of one. */
  readonly namespace: string | null
  /** `text` tools take one string; a model is given a function with the one argument `input`. */
  readonly kind: 'function' | 'text'
}

/** A call's body in canonical terms. */
export interface Parsed {
  readonly request: CanonicalRequest
  /** Paths in the body of what is not carried over: never dropped in silence. */
  readonly lost: readonly string[]
}

/** Why the gateway refuses or fails a call; each dialect has words and a status for it. */
export interface Refusal {
  readonly reason:
    | 'bad-request'
    | 'bad-key'
    | 'not-allowed'
    | 'not-found'
    | 'too-large'
    | 'budget'
    | 'rate-limited'
    | 'provider-failed'
    | 'provider-overloaded'
  readonly message: string
  readonly retryAfterMs?: number
}

/** A whole HTTP answer. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What an answer said, read off its bytes as they passed. */
export interface Observation {
  /** The answer ended as the dialect says an answer ends, and every piece of it could be read. */
  readonly complete: boolean
  /** Why not; empty when complete. */
  readonly problem: string
  /** An error that the vendor put into the answer itself (also in the middle of a stream); else null. */
  readonly vendorError: { readonly type: string; readonly message: string } | null
  /** The model as answered; null when it was not said. */
  readonly model: string | null
  readonly text: string
  readonly reasoning: string
  readonly toolCalls: readonly ToolCall[]
  /** Null when the answer did not say. */
  readonly usage: TokenUsage | null
  /** The vendor's word for it; empty when it was not said. */
  readonly finishReason: string
}

/** Reads an answer while it passes; made for one answer. */
export interface Observer {
  /** Pieces of the body in order, cut anywhere. */
  push(bytes: Uint8Array): void
  /** A stream has said that nothing more follows but formalities: its client may go on from here. */
  readonly isFinished: boolean
  /** After the last piece. */
  end(): Observation
}

/** One of the ways in which agents and providers speak of a call to a model. */
export interface Dialect {
  readonly name: DialectName
  /** Request headers that change the answer and so belong to the call, in lower case; the gateway hands them on to a provider of this dialect. */
  readonly forwardedHeaders: readonly string[]
  /**
   * What a request asks for; null when its path is not of this dialect. `path` may carry its query,
   * which says in Gemini how to stream.
   *
   * @throws Failure `input.invalid` for what no gateway without memory can do (`previous_response_id`).
   */
  read(method: string, path: string, body: JsonObject): Call | null
  /** The API key that a request carries, wherever the dialect puts it; null for none. */
  keyOf(
    headers: Readonly<Record<string, string | string[] | undefined>>,
    query: URLSearchParams,
  ): string | null
  /** The path under which a provider of this dialect takes the call, and the members of the body that it must have otherwise: its own name of the model. All else stays as it came. */
  forProvider(
    call: Call,
    body: JsonObject,
    model: string,
  ): { readonly path: string; readonly members: JsonObject }
  /** The headers by which a provider of this dialect knows its customer, and its idempotency header where it has one. */
  providerHeaders(key: string | null, idempotencyKey: string): Readonly<Record<string, string>>
  /**
   * @param to the dialect that the call is translated to: `lost` says what that one cannot carry, and
   *   the request holds nothing that its provider would stumble over. Null for a model of our own.
   * @throws Failure `input.invalid` naming what the dialect does not allow.
   */
  parse(call: Call, body: JsonObject, to?: DialectName | null): Parsed
  /**
   * A model's answer in this dialect: the body of a JSON answer, or the pieces of an event stream.
   * An `error` part becomes what the vendor sends in its place.
   */
  write(parts: AsyncIterable<CanonicalPart>, call: Call): AsyncIterable<string>
  /** The answer's content type. */
  contentType(call: Call): string
  /** How many tokens a prompt has, in the shape of this dialect's counting endpoint. */
  writeCount(inputTokens: number): string
  /** The models that a key may use, in the shape of this dialect's listing. */
  writeModels(models: readonly string[]): string
  /** The same of one. */
  writeModel(model: string): string
  refuse(refusal: Refusal): HttpAnswer
  observe(call: Call): Observer
}
