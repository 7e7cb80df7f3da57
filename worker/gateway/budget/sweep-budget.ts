import { setTimeout as sleep } from 'node:timers/promises'
import { Failure, messageOf } from '../../../core/failure.ts'
import type { Log } from '../../../core/log.ts'
import { SharedState, type SharedValue } from '../shared-state.ts'
import {
  type Accounts,
  comingBackMicros,
  LEASE_MS,
  parseAccounts,
  usedMicros,
} from './sweep-accounts.ts'

/** How soon to look again for money that others may have given back. */
const LOOK_AGAIN_MS = 300
/** A budget that cannot be checked for so long is a fault of the infrastructure. */
const PATIENCE_MS = 60_000

export interface SweepBudgetOptions {
  readonly value: SharedValue
  readonly budgetMicros: number
  /** Node and boot: never used by another process. */
  readonly account: string
  readonly log: Log
  readonly now?: () => number
}

/** Money wanted for a call: all of it, or at least so much. */
export interface Wanted {
  readonly micros: number
  readonly leastMicros: number
}

export type Grant =
  | { readonly kind: 'granted'; readonly micros: number }
  | { readonly kind: 'wait' }
  | { readonly kind: 'over' }

/**
 * What a sweep may spend, shared with the other nodes. Each process writes the totals of its own
 * account, never a difference: a write that is done twice, or of which nobody knows whether it was
 * done, changes nothing; and compare-and-set makes each grant see all the others.
 */
export class SweepBudget implements AsyncDisposable {
  readonly #options: SweepBudgetOptions
  readonly #state: SharedState<Accounts>
  readonly #now: () => number
  readonly #timer: NodeJS.Timeout
  #spent = 0
  #reserved = 0
  #isTold = true

  constructor(options: SweepBudgetOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
    this.#state = new SharedState({
      value: options.value,
      parse: parseAccounts,
      begin: (accounts) => this.#withOwn(accounts),
    })
    this.#timer = setInterval(() => {
      if (this.#reserved > 0 || !this.#isTold) void this.#tell()
    }, LEASE_MS / 3)
    this.#timer.unref()
  }

  /**
   * Waits while calls under way may leave something over.
   *
   * @returns what was granted, at most what was wanted; null when the budget is spent.
   * @throws Failure `model.provider-failed` when the budget cannot be checked for a minute.
   */
  async reserve(wanted: Wanted, signal: AbortSignal): Promise<number | null> {
    let deadline = this.#now() + PATIENCE_MS
    for (;;) {
      signal.throwIfAborted()
      try {
        const grant = await this.ask(wanted)
        if (grant.kind === 'granted') return grant.micros
        if (grant.kind === 'over') return null
        deadline = this.#now() + PATIENCE_MS
      } catch (cause) {
        this.#options.log.warn({ reason: messageOf(cause) }, 'a budget cannot be checked; waiting')
        if (this.#now() > deadline) {
          const message = 'The budget of the sweep could not be checked: NATS does not answer.'
          throw new Failure('model.provider-failed', message, { cause })
        }
      }
      await sleep(LOOK_AGAIN_MS, undefined, { signal })
    }
  }

  /** One look: what can be granted now. @throws what the shared value throws. */
  ask({ micros, leastMicros }: Wanted): Promise<Grant> {
    return this.#state.change<Grant>((accounts) => {
      const left = this.#options.budgetMicros - usedMicros(accounts)
      const granted = Math.min(micros, left)
      if (granted < micros && comingBackMicros(accounts, this.#now()) > 0) {
        return { state: accounts, result: { kind: 'wait' } }
      }
      if (granted < leastMicros) return { state: accounts, result: { kind: 'over' } }
      return {
        state: this.#addReserved(accounts, granted),
        result: { kind: 'granted', micros: granted },
        commit: () => {
          this.#reserved += granted
        },
      }
    })
  }

  /** What a call that was granted so much has really cost. Counts here at once, elsewhere soon. */
  settle(grantedMicros: number, costMicros: number): void {
    this.#reserved -= grantedMicros
    this.#spent += costMicros
    this.#isTold = false
    void this.#tell()
  }

  /** Own totals as they are known here, whatever stands in the bucket. */
  #withOwn(accounts: Accounts): Accounts {
    const own = { spentMicros: this.#spent, reservedMicros: this.#reserved, renewedAt: this.#now() }
    return { ...accounts, [this.#options.account]: own }
  }

  #addReserved(accounts: Accounts, micros: number): Accounts {
    const { account } = this.#options
    const own = accounts[account] ?? { spentMicros: 0, reservedMicros: 0, renewedAt: this.#now() }
    return { ...accounts, [account]: { ...own, reservedMicros: own.reservedMicros + micros } }
  }

  async #tell(): Promise<void> {
    const spent = this.#spent
    try {
      await this.#state.change((accounts) => ({ state: accounts, result: undefined }))
      this.#isTold = this.#spent === spent
    } catch (error) {
      this.#options.log.debug({ reason: messageOf(error) }, 'a budget could not be told; later')
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    if (!this.#isTold) await this.#tell()
  }
}
