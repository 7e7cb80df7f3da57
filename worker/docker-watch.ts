import { setTimeout as sleep } from 'node:timers/promises'
import { Failure, messageOf } from '../core/failure.ts'
import type { Log } from '../core/log.ts'

export interface DockerWatchOptions {
  /** One small call to the daemon. @throws whatever, when it does not answer. */
  readonly ping: () => Promise<unknown>
  /** The daemon has gone away, or has come back. */
  readonly onChange: (isAway: boolean) => void
  readonly log: Log
  readonly intervalMs?: number
  /** How long work that is here already waits for a daemon that is away. */
  readonly patienceMs?: number
}

const INTERVAL_MS = 2_000
const PATIENCE_MS = 2 * 60_000

/**
 * Whether the node's Docker daemon answers. A node without one would take trial after trial and
 * fail each at once, faster than any healthy node can take them: while the daemon is away it takes
 * none, and what it has taken already waits.
 */
export class DockerWatch implements AsyncDisposable {
  readonly #options: DockerWatchOptions
  readonly #closing = new AbortController()
  readonly #watching: Promise<void>
  #away: string | null = null

  constructor(options: DockerWatchOptions) {
    this.#options = options
    this.#watching = this.#watch()
  }

  /** Why the daemon is thought to be away; null while it answers. */
  get away(): string | null {
    return this.#away
  }

  /**
   * Resolves as soon as the daemon answers, which it is asked now.
   *
   * @throws Failure `docker.unreachable` when it stays away; the signal's reason.
   */
  async answers(signal: AbortSignal): Promise<void> {
    const { patienceMs = PATIENCE_MS, intervalMs = INTERVAL_MS } = this.#options
    const deadline = performance.now() + patienceMs
    for (;;) {
      signal.throwIfAborted()
      if (await this.#ask()) return
      if (performance.now() > deadline) {
        throw new Failure(
          'docker.unreachable',
          `The node's Docker daemon has been away for ${patienceMs / 1_000} s (${this.#away}).`,
        )
      }
      await sleep(Math.min(intervalMs, 500), undefined, { signal })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await this.#watching
  }

  async #watch(): Promise<void> {
    const { intervalMs = INTERVAL_MS } = this.#options
    const { signal } = this.#closing
    while (!signal.aborted) {
      await this.#ask()
      await sleep(intervalMs, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }

  async #ask(): Promise<boolean> {
    const { ping, onChange, log } = this.#options
    const before = this.#away
    try {
      await ping()
      this.#away = null
    } catch (error) {
      this.#away = messageOf(error)
    }
    if (before === null && this.#away !== null) log.error({ reason: this.#away }, 'docker is away')
    if (before !== null && this.#away === null) log.warn('docker is back')
    if ((before === null) !== (this.#away === null)) onChange(this.#away !== null)
    return this.#away === null
  }
}
