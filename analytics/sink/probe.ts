import { messageOf } from '../../core/failure.ts'
import type { Log } from '../../core/log.ts'

export interface ProbeOptions {
  /** What is looked at, in words for people. */
  readonly what: string
  readonly intervalMs?: number
  readonly log: Log
}

const INTERVAL_MS = 5_000

/** Does something over and over that fails while a part of the stack is away, and knows if it does. */
export class Probe implements AsyncDisposable {
  readonly #what: string
  readonly #log: Log
  readonly #look: () => Promise<void>
  readonly #timer: NodeJS.Timeout
  #looking: Promise<void> | null = null
  #problem: string | null

  constructor(look: () => Promise<void>, { what, intervalMs = INTERVAL_MS, log }: ProbeOptions) {
    this.#what = what
    this.#log = log
    this.#look = look
    this.#problem = `${what} has not answered yet`
    this.#timer = setInterval(() => void this.#once(), intervalMs)
    void this.#once()
  }

  /** Why it failed the last time, or null. */
  get problem(): string | null {
    return this.#problem
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    await this.#looking
  }

  #once(): Promise<void> {
    this.#looking ??= this.#try().finally(() => {
      this.#looking = null
    })
    return this.#looking
  }

  async #try(): Promise<void> {
    try {
      await this.#look()
      if (this.#problem !== null) this.#log.info({ what: this.#what }, 'answers')
      this.#problem = null
    } catch (error) {
      const reason = messageOf(error)
      if (this.#problem === null) this.#log.warn({ what: this.#what, reason }, 'does not answer')
      this.#problem = `${this.#what} does not answer: ${reason}`
    }
  }
}
