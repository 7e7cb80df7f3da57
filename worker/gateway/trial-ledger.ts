import type { PerTrialLimits } from '../../coordinator/contract/sweep.ts'
import type { TokenUsage } from '../../core/model-call.ts'
import type { Price } from '../../models/model.ts'
import { affordableOutput, costMicros, mostMicros } from './cost.ts'
import { Occupancy } from './occupancy.ts'
import type { Spend } from './trial-access.ts'

/** What a call may use at most. */
export interface Need {
  readonly inputTokens: number
  /** What the answer may hold; capped when the limits allow less. */
  readonly outputTokens: number
  /** With less than this the provider would refuse the request. */
  readonly leastOutputTokens: number
}

export interface Reservation {
  readonly inputTokens: number
  readonly outputTokens: number
  /** 0 where there is no price. */
  readonly costMicros: number
}

/** `wait` is for calls under way to be settled: then there may be enough again. */
export type Decision =
  | { readonly kind: 'granted'; readonly reservation: Reservation }
  | { readonly kind: 'wait' }
  | { readonly kind: 'over'; readonly message: string }

/**
 * What one attempt has used and may still use. Calls reserve the worst case before they are made,
 * so that calls side by side cannot together pass a limit that each of them keeps.
 */
export class TrialLedger {
  readonly answering: Occupancy
  readonly waiting: Occupancy
  readonly #limits: PerTrialLimits
  readonly #price: Price | null
  readonly #reserved = new Set<Reservation>()
  #spent: Omit<Spend, 'modelMs' | 'waitedMs'>
  /** What counts against the limit: for a call whose cost nobody knows, what was reserved. */
  #countedMicros: number

  constructor({
    limits,
    price,
    spent,
  }: { limits: PerTrialLimits; price: Price | null; spent: Spend }) {
    this.#limits = limits
    this.#price = price
    this.#spent = spent
    this.#countedMicros = spent.costMicros ?? 0
    this.answering = new Occupancy(spent.modelMs)
    this.waiting = new Occupancy(spent.waitedMs)
  }

  /** Gives a call its number, from 1. */
  begin(): number {
    this.#spent = { ...this.#spent, calls: this.#spent.calls + 1 }
    return this.#spent.calls
  }

  reserve(need: Need): Decision {
    const over = this.#exhausted()
    if (over !== null) return { kind: 'over', message: over }
    const outputTokens = Math.min(need.outputTokens, this.#outputLeft(need.inputTokens))
    if (outputTokens < need.outputTokens && this.#reserved.size > 0) return { kind: 'wait' }
    if (outputTokens < need.leastOutputTokens) {
      return { kind: 'over', message: 'What is left of the limit does not pay for this request.' }
    }
    const { inputTokens } = need
    const reservation = {
      inputTokens,
      outputTokens,
      costMicros: this.#most(inputTokens, outputTokens),
    }
    this.#reserved.add(reservation)
    return { kind: 'granted', reservation }
  }

  /** What the call really used; null usage counts as all that was reserved, at an unknown cost. */
  settle(reservation: Reservation, usage: TokenUsage | null): void {
    if (!this.#reserved.delete(reservation)) return
    const cost = costMicros(usage, this.#price)
    this.#countedMicros += cost ?? reservation.costMicros
    const { costMicros: before } = this.#spent
    this.#spent = {
      ...addUsage(this.#spent, usage ?? unknownUsage(reservation)),
      costMicros: cost === null || before === null ? null : before + cost,
    }
  }

  /** The call was not made, or the provider refused it: nothing was used. */
  release(reservation: Reservation): void {
    this.#reserved.delete(reservation)
  }

  spend(): Spend {
    return { ...this.#spent, modelMs: this.answering.totalMs(), waitedMs: this.waiting.totalMs() }
  }

  #exhausted(): string | null {
    const { calls, modelTimeMs } = this.#limits
    if (calls !== null && this.#spent.calls > calls)
      return `The limit of ${calls} calls is reached.`
    if (modelTimeMs !== null && this.answering.totalMs() >= modelTimeMs) {
      return `The limit of ${modelTimeMs} ms of model time is reached.`
    }
    return null
  }

  /** Below 0 when not even the input fits. */
  #outputLeft(inputTokens: number): number {
    const { tokens, costMicros: dollars } = this.#limits
    const { inputTokens: input, outputTokens: output } = this.#spent
    const reserved = [...this.#reserved]
    const bySum = (pick: (one: Reservation) => number) =>
      reserved.reduce((sum, one) => sum + pick(one), 0)
    const byTokens =
      tokens === null
        ? Number.MAX_SAFE_INTEGER
        : tokens - input - output - bySum((one) => one.inputTokens + one.outputTokens) - inputTokens
    if (dollars === null || this.#price === null) return byTokens
    const left = dollars - this.#countedMicros - bySum((one) => one.costMicros)
    return Math.min(byTokens, affordableOutput(left, inputTokens, this.#price))
  }

  #most(inputTokens: number, outputTokens: number): number {
    return this.#price === null ? 0 : mostMicros({ inputTokens, outputTokens }, this.#price)
  }
}

function unknownUsage({ inputTokens, outputTokens }: Reservation): TokenUsage {
  return {
    inputTokens,
    outputTokens,
    cachedInputTokens: 0,
    cacheWriteTokens: 0,
    reasoningTokens: 0,
  }
}

function addUsage(spent: Omit<Spend, 'modelMs' | 'waitedMs'>, usage: TokenUsage) {
  return {
    ...spent,
    inputTokens: spent.inputTokens + usage.inputTokens,
    cachedInputTokens: spent.cachedInputTokens + usage.cachedInputTokens,
    cacheWriteTokens: spent.cacheWriteTokens + usage.cacheWriteTokens,
    outputTokens: spent.outputTokens + usage.outputTokens,
    reasoningTokens: spent.reasoningTokens + usage.reasoningTokens,
  }
}
