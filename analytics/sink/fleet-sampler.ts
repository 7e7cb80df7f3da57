import type { KvWatchEntry } from '@nats-io/kv'
import type { NatsConnection } from '@nats-io/transport-node'
import {
  FLEET_BUCKET,
  FLEET_SILENT_MS,
  NODE_KEYS,
  NODE_LOST_AFTER_MS,
  type NodePresence,
} from '../../coordinator/contract/fleet.ts'
import { BucketWatch } from '../../core/bucket-watch.ts'
import { messageOf } from '../../core/failure.ts'
import type { Log } from '../../core/log.ts'
import { clickHouseTime } from '../clickhouse-time.ts'
import type { Row, Store } from '../store.ts'

const INTERVAL_MS = 10_000

interface Heard {
  readonly presence: NodePresence
  /** Our clock: nodes' clocks may be off. */
  readonly at: number
}

/**
 * Writes down each ten seconds what every living node says of itself. Times are whole tens of
 * seconds, so that several sinks write the same rows.
 */
export class FleetSampler implements AsyncDisposable {
  readonly #store: Store
  readonly #log: Log
  readonly #heard = new Map<string, Heard>()
  readonly #timer: NodeJS.Timeout
  readonly #watch: BucketWatch

  constructor({ nats, store, log }: { nats: NatsConnection; store: Store; log: Log }) {
    this.#store = store
    this.#log = log
    const onEntry = (entry: KvWatchEntry) => this.#take(entry)
    this.#watch = new BucketWatch({
      ...{ nats, bucket: FLEET_BUCKET, key: NODE_KEYS, onEntry, log },
      silentMs: FLEET_SILENT_MS,
    })
    this.#timer = setInterval(() => void this.#sample(), INTERVAL_MS)
  }

  /** What was there before counts from when it was written. */
  #take(entry: KvWatchEntry): void {
    const at = entry.isUpdate ? Date.now() : entry.created.getTime()
    if (entry.operation !== 'PUT') this.#heard.delete(entry.key)
    else this.#heard.set(entry.key, { presence: entry.json<NodePresence>(), at })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    await this.#watch[Symbol.asyncDispose]()
  }

  async #sample(): Promise<void> {
    const now = Date.now()
    const living = [...this.#heard.values()].filter(({ at }) => now - at < NODE_LOST_AFTER_MS)
    try {
      await this.#store.insert(
        'node_metrics',
        living.flatMap(({ presence }) => metricRows(presence, now)),
      )
    } catch (error) {
      this.#log.info({ reason: messageOf(error) }, 'a sample of the fleet is lost')
    }
  }
}

/** Rows of the table `node_metrics` for one node. */
export function metricRows(presence: NodePresence, nowMs: number): Row[] {
  const { node, slots, running, cpus, memoryMb, draining } = presence
  const tenth = Math.floor(nowMs / INTERVAL_MS) * INTERVAL_MS
  const ts = clickHouseTime(new Date(tenth).toISOString()).slice(0, 19)
  const values = {
    slots,
    running: running.length,
    cpus,
    memory_mb: memoryMb,
    draining: draining ? 1 : 0,
  }
  return Object.entries(values).map(([metric, value]) => ({ metric, node, ts, value }))
}
