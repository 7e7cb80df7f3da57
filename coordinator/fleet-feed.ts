import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type KV, type KvEntry, Kvm } from '@nats-io/kv'
import type { NatsConnection } from '@nats-io/transport-node'
import { messageOf } from '../core/failure.ts'
import type { Log } from '../core/log.ts'
import { FLEET_BUCKET, type NodePresence, PRESENCE_INTERVAL_MS } from './contract/fleet.ts'

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

const REOPEN_MS = 1_000
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
  readonly #closing = new AbortController()
  readonly #ended: Promise<unknown>
  #bucket: KV | null = null
  #stopWatch: () => void = () => {}
  #echoAt = Number.NEGATIVE_INFINITY
  #openedAt = Number.NEGATIVE_INFINITY

  constructor(options: FleetFeedOptions) {
    this.#options = options
    this.#ended = Promise.all([this.#listen(), this.#echo()])
  }

  /** Whether nodes that speak would be heard. */
  get hears(): boolean {
    return performance.now() - this.#echoAt < this.#deafAfterMs
  }

  get #deafAfterMs(): number {
    return this.#options.deafAfterMs ?? 5 * PRESENCE_INTERVAL_MS
  }

  async #listen(): Promise<void> {
    const { nats, log } = this.#options
    const { signal } = this.#closing
    while (!signal.aborted) {
      try {
        this.#bucket = await new Kvm(nats).create(FLEET_BUCKET, { history: 1 })
        const watch = await this.#bucket.watch()
        this.#openedAt = performance.now()
        this.#stopWatch = () => watch.stop()
        if (signal.aborted) watch.stop()
        for await (const entry of watch) this.#take(entry)
      } catch (error) {
        log.info({ reason: messageOf(error) }, 'the fleet cannot be heard now; trying again')
      }
      await pause(REOPEN_MS, signal)
    }
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
      await this.#bucket?.put(ECHO_KEY, this.#word).catch(() => undefined)
      await pause(echoMs, signal)
      const since = Math.max(this.#echoAt, this.#openedAt)
      if (performance.now() - since > this.#deafAfterMs) this.#stopWatch()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    this.#stopWatch()
    await this.#ended
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<unknown> =>
  sleep(ms, undefined, { signal }).catch(() => undefined)
