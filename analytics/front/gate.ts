import { EngineException } from './engine-exception.ts'

export interface GateOptions {
  /** For messages: `writer` or `reader`. */
  readonly name: string
  /** Queries that may run at once. */
  readonly width: number
  /** Requests that may wait for a place. */
  readonly queue: number
  readonly waitMs: number
}

/** Lets so many through at once and so many wait; the rest hear at once that it is too much. */
export class Gate {
  readonly #options: GateOptions
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(options: GateOptions) {
    this.#options = options
  }

  get running(): number {
    return this.#running
  }

  /**
   * Waits for a place.
   *
   * @returns gives the place back; call it once.
   * @throws EngineException TOO_MANY_SIMULTANEOUS_QUERIES when the queue is full or the wait too
   * long, ABORTED when the client has gone.
   */
  async enter(signal: AbortSignal): Promise<() => void> {
    const { width, queue } = this.#options
    if (this.#running < width) {
      this.#running += 1
    } else {
      if (this.#waiting.length >= queue) throw this.#tooMany()
      await this.#turn(signal)
    }
    return () => this.#leave()
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = (error: EngineException) => {
        this.#waiting.splice(this.#waiting.indexOf(turn), 1)
        settled()
        reject(error)
      }
      const gone = () => stop(EngineException.raise('ABORTED', 'The client has gone.'))
      const timer = setTimeout(() => stop(this.#tooMany()), this.#options.waitMs)
      const settled = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', gone)
      }
      const turn = () => {
        settled()
        resolve()
      }
      this.#waiting.push(turn)
      signal.addEventListener('abort', gone)
    })
  }

  #leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#running -= 1
    else next()
  }

  #tooMany(): EngineException {
    const { name, width, queue } = this.#options
    const message =
      `Too many simultaneous queries for ${name}s. Maximum: ${width}, ` +
      `with ${queue} more waiting. Try again later.`
    return EngineException.raise('TOO_MANY_SIMULTANEOUS_QUERIES', message)
  }
}
