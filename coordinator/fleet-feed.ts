import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { KvEntry } from '@nats-io/kv'
import type { NatsConnection } from '@nats-io/transport-node'
import { BucketWatch } from '../core/bucket-watch.ts'
import type { Log } from '../core/log.ts'
import {
  FLEET_BUCKET,
  FLEET_SILENT_MS,
  type NodePresence,
  PRESENCE_INTERVAL_MS,
} from './contract/fleet.ts'

export interface FleetFeedOptions {
  readonly nats: NatsConnection
  readonly onPresence: (presence: NodePresence) => void
  /** A node has left in order. */
  readonly onGone: (node: string) => void
  readonly log: Log
  readonly echoMs?: number
  /** Without our own word for so long we are deaf, and listen anew. */
  readonly deafAfterMs?: number
}

/** Nodes' keys are one token. */
const ECHO_KEY = 'coordinator.echo'

/**
 * Listens to the fleet's bucket, whatever becomes of NATS meanwhile. It says a word of its own into the
 * bucket as often as nodes do: while that does not come back, the silence of nodes says nothing of
 * them.
 */
export class FleetFeed implements AsyncDisposable {
  readonly #options: FleetFeedOptions
  readonly #word = randomUUID()
  readonly #watch: BucketWatch
  readonly #closing = new AbortController()
  readonly #echoing: Promise<void>
  #echoAt = Number.NEGATIVE_INFINITY

  constructor(options: FleetFeedOptions) {
    this.#options = options
    const { nats, log } = options
    const onEntry = (entry: KvEntry) => this.#take(entry)
    this.#watch = new BucketWatch({
      ...{ nats, bucket: FLEET_BUCKET, onEntry, log },
      silentMs: this.#deafAfterMs,
    })
    this.#echoing = this.#echo()
  }

  /** Whether nodes that speak would be heard. */
  get hears(): boolean {
    return performance.now() - this.#echoAt < this.#deafAfterMs
  }

  get #deafAfterMs(): number {
    return this.#options.deafAfterMs ?? FLEET_SILENT_MS
  }

  #take(entry: KvEntry): void {
    const { onPresence, onGone } = this.#options
    if (entry.key === ECHO_KEY) {
      if (entry.string() === this.#word) this.#echoAt = performance.now()
    } else if (entry.operation === 'PUT') onPresence(entry.json<NodePresence>())
    else onGone(entry.key)
  }

  async #echo(): Promise<void> {
    const { echoMs = PRESENCE_INTERVAL_MS } = this.#options
    const { signal } = this.#closing
    while (!signal.aborted) {
      await this.#watch.put(ECHO_KEY, this.#word).catch(() => undefined)
      await sleep(echoMs, undefined, { signal }).catch(() => undefined)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await this.#watch[Symbol.asyncDispose]()
    await this.#echoing
  }
}
