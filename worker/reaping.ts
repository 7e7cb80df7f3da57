import { messageOf } from '../core/failure.ts'
import { reap } from '../sandbox/reaper.ts'
import type { Node } from './node.ts'

const INTERVAL_MS = 60_000

/** Removes what dead attempts left in the node's Docker daemon, once a minute. */
export class Reaping implements AsyncDisposable {
  readonly #node: Node
  readonly #timer: NodeJS.Timeout

  constructor(node: Node) {
    this.#node = node
    this.#timer = setInterval(() => void this.sweepOnce(), INTERVAL_MS)
  }

  async sweepOnce(): Promise<void> {
    const { host, id, boot, presence, discarded, log } = this.#node
    try {
      await discarded.remove(host)
      const removed = await reap(host, {
        node: id,
        boot,
        isRunning: (trial, attempt) => presence.isRunning(trial, attempt),
      })
      const count = Object.values(removed).flat().length
      if (count > 0) log.warn({ removed }, 'removed what dead attempts left')
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'what dead attempts left could not be removed')
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
  }
}
