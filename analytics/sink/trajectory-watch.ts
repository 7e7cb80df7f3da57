import { Failure, messageOf } from '../../core/failure.ts'
import type { Log } from '../../core/log.ts'
import type { Store } from '../store.ts'
import { type AttemptEvents, heldEvents } from './held-events.ts'

export interface WatchOptions {
  readonly store: Store
  readonly log: Log
  /** Pause between two looks; it grows with what a look costs. */
  readonly tickMs?: number
}

export interface WaitOptions {
  /** Ends the wait with its reason. */
  readonly signal: AbortSignal
  /** No event for so long, while ClickHouse answers: the rest will not come. */
  readonly patienceMs: number
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

const TICK_MS = 500
/** A look may take up to this part of the time, so that waiting does not slow down what is awaited. */
const SHARE_OF_TIME = 0.2

/** Waits for trajectories to be whole in ClickHouse: one question for all that wait, over and over. */
export class TrajectoryWatch implements AsyncDisposable {
  readonly #options: WatchOptions
  readonly #waiting = new Set<Waiting>()
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(options: WatchOptions) {
    this.#options = options
  }

  /**
   * @returns whether the trajectory is whole; false when it stood still for the patience.
   * @throws the signal's reason; Failure `stack.part-failed` when the sink stops meanwhile.
   */
  async wait(attempt: AttemptEvents, { signal, patienceMs }: WaitOptions): Promise<boolean> {
    if (attempt.events === 0) return true
    signal.throwIfAborted()
    if (this.#stopped) throw sinkStops()
    const { promise, resolve: end, reject: fail } = Promise.withResolvers<boolean>()
    const waiting = { attempt, patienceMs, end, fail, count: 0, stillMs: 0 }
    const abort = () => fail(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    this.#waiting.add(waiting)
    this.#timer ??= setTimeout(() => void this.#look(performance.now()), 0)
    try {
      return await promise
    } finally {
      this.#waiting.delete(waiting)
      signal.removeEventListener('abort', abort)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    for (const { fail } of this.#waiting) fail(sinkStops())
  }

  /** @param since when the last look was. */
  async #look(since: number): Promise<void> {
    const { store, log, tickMs = TICK_MS } = this.#options
    const startedAt = performance.now()
    const asked = [...this.#waiting]
    try {
      const held = await heldEvents(
        store,
        asked.map(({ attempt }) => attempt),
      )
      for (const [index, waiting] of asked.entries()) {
        const { count, whole } = held[index] ?? { count: 0, whole: false }
        if (whole) waiting.end(true)
        waiting.stillMs = count > waiting.count ? 0 : waiting.stillMs + (startedAt - since)
        waiting.count = count
        if (waiting.stillMs >= waiting.patienceMs) waiting.end(false)
      }
    } catch (error) {
      log.info({ waiting: asked.length, reason: messageOf(error) }, 'cannot look for events now')
    }
    this.#timer = undefined
    if (this.#stopped || this.#waiting.size === 0) return
    const pauseMs = Math.max(tickMs, (performance.now() - startedAt) / SHARE_OF_TIME)
    this.#timer = setTimeout(() => void this.#look(startedAt), pauseMs)
  }
}

const sinkStops = (): Failure =>
  new Failure('stack.part-failed', 'This sink is stopping; the wait goes on in another one.')
