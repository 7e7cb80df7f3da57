import { setTimeout as sleep } from 'node:timers/promises'
import { type KV, Kvm, type KvWatchEntry } from '@nats-io/kv'
import type { NatsConnection } from '@nats-io/transport-node'
import { messageOf } from './failure.ts'
import type { Log } from './log.ts'

export interface BucketWatchOptions {
  readonly nats: NatsConnection
  readonly bucket: string
  /** Which keys, in NATS's patterns; all by default. */
  readonly key?: string
  readonly onEntry: (entry: KvWatchEntry) => void
  /** A watch that has told nothing for so long is opened anew, which tells all entries again. */
  readonly silentMs: number
  readonly log: Log
}

const REOPEN_MS = 1_000

/**
 * Follows a bucket whose entries change often, whatever becomes of NATS meanwhile: the client's own
 * watch tells nothing any more, and ends not either, once the server has lost its data.
 */
export class BucketWatch implements AsyncDisposable {
  readonly #options: BucketWatchOptions
  readonly #closing = new AbortController()
  readonly #listening: Promise<void>
  readonly #timer: NodeJS.Timeout
  #bucket: KV | null = null
  #stopWatch: () => void = () => {}
  #toldAt = performance.now()

  constructor(options: BucketWatchOptions) {
    this.#options = options
    this.#timer = setInterval(() => this.#look(), options.silentMs / 4)
    this.#timer.unref()
    this.#listening = this.#listen()
  }

  /** @throws when NATS does not take it now, or the bucket was not open yet. */
  async put(key: string, value: string): Promise<void> {
    if (this.#bucket === null) throw new Error(`bucket ${this.#options.bucket} is not open yet`)
    await this.#bucket.put(key, value)
  }

  #look(): void {
    if (performance.now() - this.#toldAt > this.#options.silentMs) this.#stopWatch()
  }

  async #listen(): Promise<void> {
    const { nats, bucket, key = '>', onEntry, log } = this.#options
    const { signal } = this.#closing
    while (!signal.aborted) {
      try {
        this.#bucket = await new Kvm(nats).create(bucket, { history: 1 })
        const watch = await this.#bucket.watch({ key })
        this.#toldAt = performance.now()
        this.#stopWatch = () => watch.stop()
        if (signal.aborted) watch.stop()
        for await (const entry of watch) {
          this.#toldAt = performance.now()
          onEntry(entry)
        }
      } catch (error) {
        log.info(
          { bucket, reason: messageOf(error) },
          'a bucket cannot be followed now; trying again',
        )
      }
      await sleep(REOPEN_MS, undefined, { signal }).catch(() => undefined)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    this.#closing.abort()
    this.#stopWatch()
    await this.#listening
  }
}
