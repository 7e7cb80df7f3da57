import { setTimeout as sleep } from 'node:timers/promises'
import { Failure, messageOf } from '../../core/failure.ts'
import type { Log } from '../../core/log.ts'
import type { Store } from '../store.ts'
import { type AttemptEvents, heldEvents } from './held-events.ts'

export interface WatchOptions {
  readonly store: Store
  readonly log: Log
  /** Pause between two looks where nobody says {@link TrajectoryWatch.hint}. */
  readonly tickMs?: number
}

export interface WaitOptions {
  /** Ends the wait with its reason. */
  readonly signal: AbortSignal
  /** No event for so long, while ClickHouse answers: the rest will not come. */
  readonly patienceMs: number
  /** Looks as soon as the last look allows, as after {@link TrajectoryWatch.hint}. */
  readonly soon?: boolean
}

interface Waiting {
  readonly attempt: AttemptEvents
  readonly patienceMs: number
  readonly end: (whole: boolean) => void
  readonly fail: (reason: unknown) => void
  count: number
  /** Looks that found no more events, as the time they span. */
  stillMs: number
}

const TICK_MS = 1_000
/** A look may take up to this part of the time, so that waiting does not slow down what is awaited. */
const SHARE_OF_TIME = 0.2

/** Waits for trajectories to be whole in ClickHouse: one question for all that wait, over and over. */
export class TrajectoryWatch implements AsyncDisposable {
  readonly #options: WatchOptions
  readonly #waiting = new Set<Waiting>()
  #pause = new AbortController()
  #looking = false
  #stopped = false

  constructor(options: WatchOptions) {
    this.#options = options
  }

  /**
   * @returns whether the trajectory is whole; false when it stood still for the patience.
   * @throws the signal's reason; Failure `stack.part-failed` when the sink stops meanwhile.
   */
  async wait(
    attempt: AttemptEvents,
    { signal, patienceMs, soon = false }: WaitOptions,
  ): Promise<boolean> {
    if (attempt.events === 0) return true
    signal.throwIfAborted()
    if (this.#stopped) throw sinkStops()
    const { promise, resolve: end, reject: fail } = Promise.withResolvers<boolean>()
    const waiting = { attempt, patienceMs, end, fail, count: 0, stillMs: 0 }
    const abort = () => fail(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    this.#waiting.add(waiting)
    if (!this.#looking) void this.#lookOn()
    else if (soon) this.hint()
    try {
      return await promise
    } finally {
      this.#waiting.delete(waiting)
      signal.removeEventListener('abort', abort)
    }
  }

  /** Some events have just been stored: there is a look as soon as the last one allows. */
  hint(): void {
    this.#pause.abort()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true
    this.#pause.abort()
    for (const { fail } of this.#waiting) fail(sinkStops())
  }

  /** One look after another while anybody waits. */
  async #lookOn(): Promise<void> {
    const { tickMs = TICK_MS } = this.#options
    this.#looking = true
    for (let since = performance.now(); this.#waiting.size > 0 && !this.#stopped; ) {
      const startedAt = performance.now()
      this.#pause = new AbortController()
      await this.#look(startedAt - since)
      since = startedAt
      const restMs = (performance.now() - startedAt) / SHARE_OF_TIME
      await sleep(restMs)
      if (this.#waiting.size === 0) break
      const { signal } = this.#pause
      await sleep(Math.max(0, tickMs - restMs), undefined, { signal }).catch(() => {})
    }
    this.#looking = false
  }

  /** @param spanMs since the look before it. */
  async #look(spanMs: number): Promise<void> {
    const { store, log } = this.#options
    const asked = [...this.#waiting]
    try {
      const held = await heldEvents(
        store,
        asked.map(({ attempt }) => attempt),
      )
      for (const [index, waiting] of asked.entries()) {
        const { count, whole } = held[index] ?? { count: 0, whole: false }
        if (whole) waiting.end(true)
        waiting.stillMs = count > waiting.count ? 0 : waiting.stillMs + spanMs
        waiting.count = count
        if (waiting.stillMs >= waiting.patienceMs) waiting.end(false)
      }
    } catch (error) {
      log.info({ waiting: asked.length, reason: messageOf(error) }, 'cannot look for events now')
    }
  }
}

const sinkStops = (): Failure =>
  new Failure('stack.part-failed', 'This sink is stopping; the wait goes on in another one.')
