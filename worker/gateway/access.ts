import { type Failure, messageOf } from '../../core/failure.ts'
import type { Log } from '../../core/log.ts'
import type { DialectName } from '../../core/model-call.ts'
import { type EncodedRequest, ModelCallEncoder } from '../../core/model-recording.ts'
import type { Price } from '../../models/model.ts'
import type { SweepBudget } from './budget/sweep-budget.ts'
import type { FleetPace } from './pace/fleet-pace.ts'
import type { EndedCall } from './serving/call-record.ts'
import { Room } from './serving/room.ts'
import type { SourceOf } from './sources/provider-sources.ts'
import type { AccessEnd, AccessOptions, Spend, TrialAccess } from './trial-access.ts'
import { TrialLedger } from './trial-ledger.ts'

/** Calls of one key that are served at once, and how many more may wait for that. */
const CALLS_AT_ONCE = 32
const CALLS_WAITING = 256
/** An agent that goes on asking after it was refused so often adds nothing to its record. */
const REFUSALS_RECORDED = 100

export interface AccessParts {
  readonly options: AccessOptions
  readonly key: string
  /** `provider/name`. */
  readonly fullModel: string
  readonly dialects: readonly DialectName[]
  readonly url: string
  readonly price: Price | null
  /** Tokens that one answer may hold when the request does not say. */
  readonly maxOutputTokens: number
  readonly source: SourceOf
  /** Null where the sweep has no budget, or nothing is spent. */
  readonly budget: SweepBudget | null
  /** Null where no provider is asked. */
  readonly pace: FleetPace | null
  readonly log: Log
  readonly closed: () => void
}

/** One attempt's way to its model, from lease to release. */
export class Access implements TrialAccess {
  readonly key: string
  readonly model: string
  readonly fullModel: string
  readonly dialects: readonly DialectName[]
  readonly url: string
  readonly parts: AccessParts
  readonly ledger: TrialLedger
  readonly lane = new Room(CALLS_AT_ONCE, { mostWaiting: CALLS_WAITING })
  readonly log: Log
  readonly #ending = new AbortController()
  readonly #release = new AbortController()
  readonly #encoder = new ModelCallEncoder()
  readonly #underWay = new Set<Promise<void>>()
  #ended: AccessEnd | null = null
  #refusals = 0
  /** Calls in a row that broke off after the agent had got a part of the answer. */
  cuts = 0

  constructor(parts: AccessParts) {
    const { options, key, fullModel, dialects, url, price } = parts
    this.parts = parts
    this.key = key
    this.fullModel = fullModel
    this.model = fullModel.slice(fullModel.indexOf('/') + 1)
    this.dialects = dialects
    this.url = url
    this.ledger = new TrialLedger({ limits: options.limits, price, spent: options.spent })
    this.log = parts.log.child({
      sweep: options.sweep,
      trial: options.trial,
      attempt: options.attempt,
    })
  }

  spend(): Spend {
    return this.ledger.spend()
  }

  get ended(): AccessEnd | null {
    return this.#ended
  }

  get signal(): AbortSignal {
    return this.#ending.signal
  }

  /** Aborted when the key is given back: nobody waits for answers any more. */
  get released(): AbortSignal {
    return this.#release.signal
  }

  allows(model: string): boolean {
    return model === this.model || model === this.fullModel
  }

  /** No more answers from now on; the first reason stands. */
  end(end: AccessEnd): void {
    if (this.#ended !== null) return
    this.#ended = end
    this.log.info({ kind: end.kind, code: end.code, reason: end.message }, 'no more model calls')
    this.#ending.abort()
  }

  fail(failure: Failure): void {
    this.end({ kind: 'provider', code: failure.code, message: failure.message })
  }

  /** Counts a refusal. @returns whether it is one of those that are recorded. */
  recordsRefusal(): boolean {
    this.#refusals += 1
    return this.#refusals <= REFUSALS_RECORDED
  }

  /** What is new in a request, put on record ahead of its call. */
  recordRequest(request: string): EncodedRequest {
    const encoded = this.#encoder.encodeRequest(request)
    for (const event of encoded.events) this.parts.options.recorder.record(event)
    return encoded
  }

  /** Puts a call on record; it outlives this process then. */
  async record(call: EndedCall, request: EncodedRequest): Promise<void> {
    for (const event of this.#encoder.encodeCall(call, request)) {
      this.parts.options.recorder.record(event)
    }
    await this.flush()
  }

  /** An attempt whose calls cannot be kept ends. */
  async flush(): Promise<void> {
    try {
      await this.parts.options.recorder.flush()
    } catch (error) {
      const { code } = error as { code?: unknown }
      this.log.error({ reason: messageOf(error), code }, 'a call could not be recorded')
      this.end({ kind: 'provider', code: 'spool.full', message: messageOf(error) })
      throw error
    }
  }

  /** Work that must have ended before the access is gone. */
  async during(work: Promise<void>): Promise<void> {
    this.#underWay.add(work)
    try {
      await work
    } finally {
      this.#underWay.delete(work)
    }
  }

  /** The key is dead at once; calls under way are broken off and recorded. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.parts.closed()
    this.#release.abort()
    await Promise.allSettled([...this.#underWay])
  }
}
