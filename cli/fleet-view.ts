import { setTimeout as sleep } from 'node:timers/promises'
import type { KV } from '@nats-io/kv'
import {
  NODE_KEYS,
  NODE_LOST_AFTER_MS,
  type NodePresence,
  PRESENCE_INTERVAL_MS,
} from '../coordinator/contract/fleet.ts'

interface Heard {
  readonly presence: NodePresence
  readonly atMs: number
}

/** The nodes that live, as they say themselves each two seconds. */
export class FleetView implements AsyncDisposable {
  readonly #heard = new Map<string, Heard>()
  #watch: { stop(): void } | null = null
  #followed: Promise<void> = Promise.resolve()
  readonly #caughtUp = Promise.withResolvers<void>()

  /** Follows the bucket until disposed. What was there counts from when it was written. */
  async follow(bucket: KV): Promise<void> {
    const watch = await bucket.watch({ key: NODE_KEYS })
    this.#watch = watch
    this.#followed = (async () => {
      for await (const entry of watch) {
        const atMs = entry.isUpdate ? Date.now() : entry.created.getTime()
        if (entry.operation === 'PUT') this.hear(entry.json<NodePresence>(), atMs)
        else this.#heard.delete(entry.key)
        if ((entry.delta ?? 0) === 0) this.#caughtUp.resolve()
      }
    })()
  }

  hear(presence: NodePresence, atMs: number): void {
    this.#heard.set(presence.node, { presence, atMs })
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
    this.#watch?.stop()
    await this.#followed
  }
}
