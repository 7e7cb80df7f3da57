import { hostname } from 'node:os'
import { type KV, Kvm } from '@nats-io/kv'
import type { NatsConnection } from '@nats-io/transport-node'
import {
  FLEET_BUCKET,
  type NodePresence,
  PRESENCE_INTERVAL_MS,
  type RunningTrial,
} from '../coordinator/contract/fleet.ts'
import type { Trial } from '../coordinator/contract/sweep.ts'
import { messageOf } from '../core/failure.ts'
import type { Log } from '../core/log.ts'
import { RESOURCE_CLASSES } from '../tasks/resource-class.ts'
import type { Capacity } from './capacity.ts'

/** Phase changes are told at once, but not more often than this. */
const SOONEST_MS = 250

export interface PresenceOptions {
  readonly nats: NatsConnection
  readonly node: string
  readonly boot: string
  readonly capacity: Capacity
  readonly log: Log
}

/** Says in the fleet's bucket that this node lives, how large it is, and what it does right now. */
export class Presence implements AsyncDisposable {
  readonly running = new Map<string, RunningTrial>()
  draining = false
  readonly #options: PresenceOptions
  readonly #startedAt = new Date().toISOString()
  #timer: NodeJS.Timeout | null = null
  #soon: NodeJS.Timeout | null = null
  #bucket: KV | null = null

  constructor(options: PresenceOptions) {
    this.#options = options
  }

  /** From here on the fleet hears of this process, and what it does not run is known to be lost. */
  start(): void {
    this.#timer = setInterval(() => void this.#tell(), PRESENCE_INTERVAL_MS)
    void this.#tell()
  }

  /** An attempt has moved on to a phase. */
  enter(trial: Trial, attempt: number, phase: string): void {
    this.running.set(`${trial.trial}:${attempt}`, {
      sweep: trial.sweep,
      trial: trial.trial,
      attempt,
      contestant: trial.contestant.name,
      task: trial.task.name,
      seed: trial.seed,
      phase,
      since: new Date().toISOString(),
    })
    this.#tellSoon()
  }

  leave(trial: Trial, attempt: number): void {
    this.running.delete(`${trial.trial}:${attempt}`)
    this.#tellSoon()
  }

  isRunning(trial: string, attempt: number): boolean {
    return this.running.has(`${trial}:${attempt}`)
  }

  #tellSoon(): void {
    if (this.#timer === null) return
    this.#soon ??= setTimeout(() => {
      this.#soon = null
      void this.#tell()
    }, SOONEST_MS)
  }

  async #tell(): Promise<void> {
    const { nats, node, boot, capacity, log } = this.#options
    const { cpus, memoryMb } = capacity.total
    const small = RESOURCE_CLASSES.small
    const presence: NodePresence = {
      node,
      boot,
      host: hostname(),
      startedAt: this.#startedAt,
      draining: this.draining,
      cpus,
      memoryMb,
      slots: Math.floor(Math.min(cpus / small.cpus, memoryMb / small.memoryMb)),
      running: [...this.running.values()],
    }
    try {
      this.#bucket ??= await new Kvm(nats).create(FLEET_BUCKET, { history: 1 })
      await this.#bucket.put(node, JSON.stringify(presence))
    } catch (error) {
      this.#bucket = null
      log.debug({ reason: messageOf(error) }, 'the fleet could not be told')
    }
  }

  /** A node that leaves in order takes its entry along. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer)
    if (this.#soon !== null) clearTimeout(this.#soon)
    try {
      await this.#bucket?.delete(this.#options.node)
    } catch {
      // The entry grows old instead, and the coordinator drops it.
    }
  }
}
