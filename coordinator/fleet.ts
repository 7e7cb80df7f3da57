import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '@temporalio/client'
import type { Log } from '../core/log.ts'
import {
  NODE_LOST_AFTER_MS,
  type NodePresence,
  type RunningTrial,
  workerIdentity,
} from './contract/fleet.ts'
import { SWEEP_SIGNALS, TRIAL_SIGNALS, WORKFLOWS } from './contract/messages.ts'
import { trialWorkflowId } from './contract/queues.ts'
import { type HeldAttempt, heldAttempts } from './held-attempts.ts'

type AttemptKey = Pick<RunningTrial, 'trial' | 'attempt'>

interface KnownNode {
  readonly presence: NodePresence
  /** Our clock, when it was last heard of: nodes' clocks may be off. */
  heardAt: number
}

export interface FleetOptions {
  readonly client: Client
  /** Whether nodes that speak would be heard: while not, their silence says nothing of them. */
  readonly hears: () => boolean
  readonly log: Log
  readonly lostAfterMs?: number
  readonly lookMs?: number
  readonly askMs?: number
}

const LOOK_MS = 1_000
/**
 * How long, and how often, the server is asked what a lost worker holds. Its polls stay open at the
 * server for a minute after it fell silent, and trials may still be given to them.
 */
const SUSPECT_FOR_MS = 180_000
const ASK_EVERY_MS = 10_000

/**
 * Who of the fleet lives: hears what nodes say, and says what follows to the workflows. Sweeps hear of
 * another number of slots, trials that their node is lost, long before a heartbeat would time out.
 * It only hastens things; nothing depends on it being right.
 */
export class Fleet implements AsyncDisposable {
  readonly #nodes = new Map<string, KnownNode>()
  /** Identities of lost workers, and until when they are asked after. */
  readonly #suspects = new Map<string, number>()
  /** Identities of workers that hold attempts and were never heard of, and since when that is known. */
  readonly #strangers = new Map<string, number>()
  /** A worker that died while nobody listened is known to the server alone. */
  #wondersUntil = performance.now() + SUSPECT_FOR_MS
  readonly #options: FleetOptions
  readonly #closing = new AbortController()
  readonly #looking: Promise<void>
  #toldSlots = -1
  #wasDeaf = false
  /** Said to be lost while there are suspects: their activities stay open at the server. */
  readonly #told = new Set<string>()
  #askedAt = Number.NEGATIVE_INFINITY

  constructor(options: FleetOptions) {
    this.#options = options
    this.#looking = this.#lookOn()
  }

  heard(presence: NodePresence): void {
    const { node, boot } = presence
    const before = this.#nodes.get(node)?.presence
    this.#nodes.set(node, { presence, heardAt: performance.now() })
    this.#suspects.delete(workerIdentity(node, boot))
    this.#strangers.delete(workerIdentity(node, boot))
    if (before === undefined || before.boot === boot) return
    this.#suspect(before)
    const kept = new Set(presence.running.map(keyOf))
    const dropped = before.running.filter((trial) => !kept.has(keyOf(trial)))
    void this.#tellLost(node, dropped)
  }

  /** It has left in order. */
  gone(node: string): void {
    this.#nodes.delete(node)
  }

  get slots(): number {
    let slots = 0
    for (const { presence } of this.#nodes.values()) slots += presence.draining ? 0 : presence.slots
    return slots
  }

  async #lookOn(): Promise<void> {
    const { lookMs = LOOK_MS, log } = this.#options
    const { signal } = this.#closing
    while (!signal.aborted) {
      try {
        await this.#look()
      } catch (error) {
        log.warn({ error }, 'the fleet could not be looked after')
      }
      await sleep(lookMs, undefined, { signal }).catch(() => undefined)
    }
  }

  async #look(): Promise<void> {
    if (!this.#options.hears()) {
      this.#wasDeaf = true
    } else if (this.#wasDeaf) {
      this.#wasDeaf = false
      for (const known of this.#nodes.values()) known.heardAt = performance.now()
      this.#strangers.clear()
      this.#wondersUntil = performance.now() + SUSPECT_FOR_MS
    } else {
      await this.#dropSilent()
      await this.#askAfterHeld()
    }
    await this.#tellSlots()
  }

  async #dropSilent(): Promise<void> {
    const { lostAfterMs = NODE_LOST_AFTER_MS, log } = this.#options
    const now = performance.now()
    for (const [node, { presence, heardAt }] of this.#nodes) {
      if (now - heardAt < lostAfterMs) continue
      this.#nodes.delete(node)
      this.#suspect(presence)
      log.warn({ node, silentMs: Math.round(now - heardAt) }, 'a node is lost')
      await this.#tellLost(node, presence.running)
    }
  }

  #suspect({ node, boot }: NodePresence): void {
    this.#suspects.set(workerIdentity(node, boot), performance.now() + SUSPECT_FOR_MS)
    this.#askedAt = Number.NEGATIVE_INFINITY
  }

  /** A worker may hold trials that it never spoke of: they came when it could speak no more. */
  async #askAfterHeld(): Promise<void> {
    const { client, askMs = ASK_EVERY_MS } = this.#options
    const now = performance.now()
    for (const [identity, until] of this.#suspects) {
      if (until < now) this.#suspects.delete(identity)
    }
    if (this.#suspects.size === 0) this.#told.clear()
    const asks = this.#suspects.size > 0 || this.#strangers.size > 0 || now < this.#wondersUntil
    if (!asks || now - this.#askedAt < askMs) return
    this.#askedAt = now
    // What a node has adopted runs on under the identity of its earlier process.
    const dropped = (await heldAttempts(client)).filter((held) => !this.#isRun(held))
    this.#meet(new Set(dropped.map(({ holder }) => holder)))
    for (const { trial, attempt, holder } of dropped) {
      if (!this.#suspects.has(holder) || this.#told.has(keyOf({ trial, attempt }))) continue
      await this.#tellLost(nodeOf(holder), [{ trial, attempt }])
    }
  }

  #isRun({ trial, attempt, holder }: HeldAttempt): boolean {
    const running = this.#nodes.get(nodeOf(holder))?.presence.running ?? []
    return running.some((other) => keyOf(other) === keyOf({ trial, attempt }))
  }

  /** Whoever holds attempts and is not heard of for as long as silence may last is lost as well. */
  #meet(holders: ReadonlySet<string>): void {
    const { lostAfterMs = NODE_LOST_AFTER_MS } = this.#options
    const now = performance.now()
    for (const identity of this.#strangers.keys()) {
      if (!holders.has(identity)) this.#strangers.delete(identity)
    }
    for (const identity of holders) {
      if (this.#suspects.has(identity) || this.#isHeard(identity)) continue
      const since = this.#strangers.get(identity)
      if (since === undefined) this.#strangers.set(identity, now)
      else if (now - since >= lostAfterMs) {
        this.#strangers.delete(identity)
        this.#suspects.set(identity, now + SUSPECT_FOR_MS)
      }
    }
  }

  #isHeard(identity: string): boolean {
    const presence = this.#nodes.get(nodeOf(identity))?.presence
    return presence !== undefined && workerIdentity(presence.node, presence.boot) === identity
  }

  async #tellSlots(): Promise<void> {
    const { client, log } = this.#options
    const { slots } = this
    if (slots === this.#toldSlots) return
    this.#toldSlots = slots
    const query = `WorkflowType = '${WORKFLOWS.sweep}' AND ExecutionStatus = 'Running'`
    try {
      for await (const { workflowId } of client.workflow.list({ query })) {
        await this.#signal(workflowId, SWEEP_SIGNALS.fleetChanged, slots)
      }
    } catch (error) {
      this.#toldSlots = -1
      log.warn({ error }, 'open sweeps could not be told of the fleet')
    }
  }

  async #tellLost(node: string, attempts: readonly AttemptKey[]): Promise<void> {
    for (const { trial, attempt } of attempts) {
      this.#told.add(keyOf({ trial, attempt }))
      this.#options.log.warn({ node, trial, attempt }, 'an attempt is lost with its node')
      await this.#signal(trialWorkflowId(trial), TRIAL_SIGNALS.nodeLost, { node, attempt })
    }
  }

  async #signal(workflowId: string, name: string, argument: unknown): Promise<void> {
    const { client, log } = this.#options
    try {
      await client.workflow.getHandle(workflowId).signal(name, argument)
    } catch (error) {
      log.info({ workflowId, name, error }, 'a workflow could not be told; it may have ended')
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await this.#looking
  }
}

const nodeOf = (identity: string): string => identity.slice(0, identity.indexOf(' '))

const keyOf = ({ trial, attempt }: AttemptKey): string => `${trial}:${attempt}`
