import { setTimeout as sleep } from 'node:timers/promises'
import type { KvWatchEntry } from '@nats-io/kv'
import type { NatsConnection } from '@nats-io/transport-node'
import {
  FLEET_BUCKET,
  FLEET_SILENT_MS,
  NODE_KEYS,
  NODE_LOST_AFTER_MS,
  type NodePresence,
  PRESENCE_INTERVAL_MS,
} from '../coordinator/contract/fleet.ts'
import { BucketWatch } from '../core/bucket-watch.ts'
import { silentLog } from '../core/log.ts'

interface Heard {
  readonly presence: NodePresence
  readonly atMs: number
}

/** The nodes that live, as they say themselves each two seconds. */
export class FleetView implements AsyncDisposable {
  readonly #heard = new Map<string, Heard>()
  readonly #caughtUp = Promise.withResolvers<void>()
  readonly #watch: BucketWatch

  constructor(nats: NatsConnection, bucket = FLEET_BUCKET) {
    const onEntry = (entry: KvWatchEntry) => this.#take(entry)
    this.#watch = new BucketWatch({
      ...{ nats, bucket, key: NODE_KEYS, onEntry },
      silentMs: FLEET_SILENT_MS,
      log: silentLog,
    })
  }

  /** What was there before counts from when it was written. */
  #take(entry: KvWatchEntry): void {
    const atMs = entry.isUpdate ? Date.now() : entry.created.getTime()
    if (entry.operation !== 'PUT') this.#heard.delete(entry.key)
    else this.#heard.set(entry.key, { presence: entry.json<NodePresence>(), atMs })
    if ((entry.delta ?? 0) === 0) this.#caughtUp.resolve()
  }

  /** By name. A node that has been silent for too long is left out. */
  nodes(nowMs: number = Date.now()): NodePresence[] {
    return [...this.#heard.values()]
      .filter(({ atMs }) => nowMs - atMs < NODE_LOST_AFTER_MS)
      .map(({ presence }) => presence)
      .sort((a, b) => a.node.localeCompare(b.node))
  }

  /** {@link nodes} once all that was said before has been heard; a fleet without nodes says nothing. */
  async living(patienceMs = 2 * PRESENCE_INTERVAL_MS): Promise<NodePresence[]> {
    await Promise.race([this.#caughtUp.promise, sleep(patienceMs, undefined, { ref: false })])
    return this.nodes()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#watch[Symbol.asyncDispose]()
  }
}
