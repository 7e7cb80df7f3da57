import type { IncomingHttpHeaders } from 'node:http'
import type { DialectName } from '../../../core/model-call.ts'
import type { Call, Dialect, JsonObject } from '../dialects/dialect.ts'

/** One try of a call: the same for each of its tries. */
export interface Question {
  readonly dialect: Dialect
  readonly call: Call
  /** From 1, in the attempt. */
  readonly number: number
  /** As the agent sent it. */
  readonly text: () => string
  /** Parsed anew each time, so that a long prompt is not held while its answer comes. */
  readonly body: () => JsonObject
  /** The same as bytes, but for these members of its outermost object. */
  readonly bytesWith: (members: JsonObject) => readonly Uint8Array[]
  readonly headers: IncomingHttpHeaders
  readonly idempotencyKey: string
}

/** An answer in the agent's dialect, whoever gave it. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Throws {@link ProviderProblem} or whatever a connection throws when it breaks off. */
  readonly body: AsyncIterable<Uint8Array>
  /** What translation could not carry over, by path in the request. */
  readonly lost: readonly string[]
}

/** Who answers the calls of one model. */
export interface ModelSource {
  readonly dialect: DialectName | 'scripted' | 'replay'
  /**
   * @throws ProviderProblem when another try may help, or the provider refuses us.
   * @throws Failure when no try can help: `model.plan-ran-out`, `replay.differs`.
   */
  ask(question: Question, signal: AbortSignal): Promise<Answer>
}
