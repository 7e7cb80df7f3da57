import { setTimeout as sleep } from 'node:timers/promises'

export interface PaceOptions {
  /** From the start of one write to the next. */
  readonly windowMs: number
  /** The same while somebody is in a hurry. */
  readonly hurriedMs: number
}

/** Rare enough that the engine merges little, often enough that a result hardly waits. */
const PACE: PaceOptions = { windowMs: 1_000, hurriedMs: 100 }

/** How often writers of small rows write; one for all of a process, so that a hurry is everybody's. */
export class WritePace {
  readonly #options: PaceOptions
  #hurries = 0
  #hurried = new AbortController()

  constructor(options: Partial<PaceOptions> = {}) {
    this.#options = { ...PACE, ...options }
  }

  /** Until it is disposed, writers rest for a shorter time, those that rest already included. */
  hurry(): Disposable {
    this.#hurries += 1
    this.#hurried.abort()
    return {
      [Symbol.dispose]: () => {
        this.#hurries -= 1
        if (this.#hurries === 0) this.#hurried = new AbortController()
      },
    }
  }

  /**
   * Resolves when the next write may begin, at once after a pause, or when nobody waits for it any more.
   *
   * @param lastAt when the last write began, by `performance.now()`.
   */
  async rest(lastAt: number, signal?: AbortSignal): Promise<void> {
    const { windowMs, hurriedMs } = this.#options
    const left = (ms: number) => Math.max(0, lastAt + ms - performance.now())
    const hurried = this.#hurried.signal
    if (left(windowMs) > 0) {
      const either = signal === undefined ? hurried : AbortSignal.any([hurried, signal])
      await sleep(left(windowMs), undefined, { signal: either }).catch(() => {})
    }
    if (signal?.aborted !== true) await sleep(left(hurriedMs))
  }
}
