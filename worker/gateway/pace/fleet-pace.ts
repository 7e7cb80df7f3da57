import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../../../core/failure.ts'
import type { Log } from '../../../core/log.ts'
import type { Pace } from '../../../models/provider.ts'
import type { NatsBucket } from '../nats-value.ts'
import { type Changed, memoryValue, SharedState, type SharedValue } from '../shared-state.ts'
import {
  correctTokens,
  HOLDER_LEASE_MS,
  isOpen,
  type PaceState,
  parsePace,
  slowDown,
  takeTurn,
} from './pace-state.ts'

/** Another process may free a place without our hearing of it. */
const LOOK_AGAIN_MS = 1_000
/** While NATS is away: how often it is tried. */
const PROBE_MS = 3_000
const MINUTE_MS = 60_000

export interface FleetPaceOptions {
  /** The provider's model, as it is shared. */
  readonly name: string
  readonly pace: Pace
  /** Null for a pace of this process alone. */
  readonly bucket: NatsBucket | null
  /** Node and boot. */
  readonly holder: string
  readonly log: Log
}

/** Leave to ask the provider now. */
export interface PaceTurn {
  /** Gives the place to another. `tokens` is what the call took in the end; null when unknown. */
  end(tokens: number | null): void
  /** The provider said that it is asked too often. */
  refused(retryAfterMs: number): void
}

/**
 * How often a provider's model may be asked, by the whole fleet together: requests and tokens a
 * minute, calls at once, and what its refusals teach. Without NATS each node keeps the pace for
 * itself, which the log says.
 */
export class FleetPace implements AsyncDisposable {
  readonly #options: FleetPaceOptions
  readonly #alone: SharedState<PaceState>
  readonly #fleet: SharedState<PaceState> | null
  readonly #recent: number[] = []
  readonly #woken = new Set<() => void>()
  readonly #timer: NodeJS.Timeout
  #seen: PaceState = parsePace(null)
  #held = 0
  #isAlone: boolean
  #probedAt = 0
  #stopWatch: (() => void) | null = null
  #isClosed = false

  constructor(options: FleetPaceOptions) {
    this.#options = options
    const { bucket, name } = options
    this.#alone = this.#stateOf(memoryValue())
    this.#fleet = bucket === null ? null : this.#stateOf(bucket.value(name))
    this.#isAlone = bucket === null
    this.#timer = setInterval(() => void this.#look(), Math.min(HOLDER_LEASE_MS / 4, PROBE_MS))
    this.#timer.unref()
    void this.#watch()
  }

  /** Whether a turn depends on how many tokens it is for. */
  get countsTokens(): boolean {
    return this.#options.pace.tokensPerMinute !== null
  }

  /** Waits for a turn. @throws the signal's reason. */
  async turn(tokens: number, signal: AbortSignal): Promise<PaceTurn> {
    if (isOpen(this.#seen, this.#options.pace, Date.now())) return this.#begun(tokens, false)
    for (;;) {
      signal.throwIfAborted()
      const startAt = await this.#take(tokens)
      if (startAt === null) {
        await this.#change(signal)
        continue
      }
      const waitMs = startAt - Date.now()
      try {
        if (waitMs > 0) await sleep(waitMs, undefined, { signal })
      } catch (error) {
        this.#free()
        throw error
      }
      return this.#begun(tokens, true)
    }
  }

  #begun(tokens: number, holds: boolean): PaceTurn {
    const startedAt = Date.now()
    this.#recent.push(startedAt)
    while ((this.#recent[0] ?? startedAt) < startedAt - MINUTE_MS) this.#recent.shift()
    return {
      end: (used) => {
        if (holds) this.#free()
        if (used === null || used === tokens || this.#options.pace.tokensPerMinute === null) return
        const more = used - tokens
        this.#later((state, now) => correctTokens(state, this.#options.pace, { more, now }))
      },
      refused: (retryAfterMs) => {
        const requestsPerMinute = this.#recent.length
        this.#later((state, now) =>
          slowDown(state, { retryAfterMs, startedAt, requestsPerMinute, now }),
        )
      },
    }
  }

  #take(tokens: number): Promise<number | null> {
    const { pace, holder } = this.#options
    return this.#try((before) => {
      const { state, startAt } = takeTurn(before, pace, { tokens, holder, now: Date.now() })
      const commit = () => {
        if (startAt !== null) this.#held += 1
        this.#seen = state
      }
      return { state, result: startAt, commit }
    })
  }

  #free(): void {
    this.#held -= 1
    this.#wake()
    this.#later((state) => state)
  }

  #later(change: (state: PaceState, now: number) => PaceState): void {
    void this.#try((before) => {
      const state = change(before, Date.now())
      return {
        state,
        result: undefined,
        commit: () => {
          this.#seen = state
        },
      }
    })
  }

  /** On the fleet's state, or on our own while NATS is away. */
  async #try<Result>(change: (state: PaceState) => Changed<PaceState, Result>): Promise<Result> {
    if (this.#fleet !== null && !this.#isAlone) {
      try {
        return await this.#fleet.change(change)
      } catch (error) {
        if (!this.#isAlone && !this.#isClosed) {
          const { log, name } = this.#options
          log.warn(
            { pace: name, reason: messageOf(error) },
            'the fleet cannot be asked; a pace of our own',
          )
        }
        this.#isAlone = true
      }
    }
    return this.#alone.change(change)
  }

  #stateOf(value: SharedValue): SharedState<PaceState> {
    return new SharedState({ value, parse: parsePace, begin: (state) => this.#withOwn(state) })
  }

  /** Calls of this process as they are, whatever stands in the bucket. */
  #withOwn(state: PaceState): PaceState {
    const { [this.#options.holder]: _, ...others } = state.holders
    if (this.#held === 0) return { ...state, holders: others }
    const own = { calls: this.#held, renewedAt: Date.now() }
    return { ...state, holders: { ...others, [this.#options.holder]: own } }
  }

  /** Resolves when a place may have become free. */
  async #change(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        this.#woken.delete(done)
        resolve()
      }
      const timer = setTimeout(done, LOOK_AGAIN_MS)
      this.#woken.add(done)
      signal.addEventListener('abort', done)
    })
  }

  #wake(): void {
    for (const wake of [...this.#woken]) wake()
  }

  async #watch(): Promise<void> {
    const { bucket, name } = this.#options
    if (bucket === null) return
    try {
      const stop = await bucket.watch(name, (text) => {
        this.#seen = parsePace(text)
        this.#wake()
      })
      if (this.#isClosed) stop()
      else this.#stopWatch = stop
    } catch {
      // Tried again with the next look.
    }
  }

  /** Renews what is held, and finds out whether NATS is back. */
  async #look(): Promise<void> {
    const fleet = this.#fleet
    if (fleet === null || this.#isClosed) return
    if (this.#stopWatch === null) await this.#watch()
    if (!this.#isAlone) {
      const lastRenewal = this.#seen.holders[this.#options.holder]?.renewedAt ?? Date.now()
      if (this.#held > 0 && Date.now() - lastRenewal > HOLDER_LEASE_MS / 3)
        this.#later((state) => state)
      return
    }
    if (Date.now() - this.#probedAt < PROBE_MS) return
    this.#probedAt = Date.now()
    try {
      await fleet.change((state) => ({ state, result: undefined }))
      this.#isAlone = false
      this.#options.log.info(
        { pace: this.#options.name },
        'the fleet keeps the pace together again',
      )
    } catch {
      // Still away.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#timer)
    this.#stopWatch?.()
    this.#wake()
  }
}
