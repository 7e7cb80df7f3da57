import type { KV } from '@nats-io/kv'
import {
  NODE_KEYS,
  NODE_LOST_AFTER_MS,
  type NodePresence,
} from '../../coordinator/contract/fleet.ts'
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
  #stop: () => void = () => {}

  constructor({ store, log }: { store: Store; log: Log }) {
    this.#store = store
    this.#log = log
    this.#timer = setInterval(() => void this.#sample(), INTERVAL_MS)
  }

  async follow(bucket: KV): Promise<void> {
    const watch = await bucket.watch({ key: NODE_KEYS })
    this.#stop = () => watch.stop()
    void (async () => {
      for await (const entry of watch) {
        if (entry.operation !== 'PUT') this.#heard.delete(entry.key)
        else {
          const presence = entry.json<NodePresence>()
          this.#heard.set(entry.key, { presence, at: Date.now() })
        }
      }
    })()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    this.#stop()
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
