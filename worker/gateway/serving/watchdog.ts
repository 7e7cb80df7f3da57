import { ProviderProblem } from '../sources/provider-problem.ts'

/** Aborts a try of a call when its provider says nothing for too long. */
export class Watchdog {
  readonly #controller = new AbortController()
  #timer: NodeJS.Timeout
  #limitMs: number

  constructor(limitMs: number) {
    this.#limitMs = limitMs
    this.#timer = this.#start()
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Something came. @param limitMs until the next. */
  feed(limitMs: number): void {
    if (limitMs === this.#limitMs) {
      this.#timer.refresh()
      return
    }
    clearTimeout(this.#timer)
    this.#limitMs = limitMs
    this.#timer = this.#start()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  abort(reason: unknown): void {
    this.#controller.abort(reason)
  }

  #start(): NodeJS.Timeout {
    const seconds = this.#limitMs / 1_000
    return setTimeout(() => {
      this.abort(new ProviderProblem('broken', `The provider was silent for ${seconds} s.`))
    }, this.#limitMs)
  }
}
