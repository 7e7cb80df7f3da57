import type { KV } from '@nats-io/kv'
import type { Client } from '@temporalio/client'
import type { Log } from '../core/log.ts'
import { NODE_LOST_AFTER_MS, type NodePresence, type RunningTrial } from './contract/fleet.ts'
import { SWEEP_SIGNALS, TRIAL_SIGNALS, WORKFLOWS } from './contract/messages.ts'
import { trialWorkflowId } from './contract/queues.ts'

interface KnownNode {
  readonly presence: NodePresence
  /** Our clock, when it was last heard of: nodes' clocks may be off. */
  readonly heardAt: number
}

/**
 * Who of the fleet lives. Watches the nodes' entries and says what follows to the workflows: sweeps
 * hear of another number of slots, trials that their node is lost, long before a heartbeat would
 * time out. It only hastens things; nothing depends on it being right.
 */
export class Fleet implements AsyncDisposable {
  readonly #nodes = new Map<string, KnownNode>()
  readonly #timer: NodeJS.Timeout
  readonly #client: Client
  readonly #log: Log
  #toldSlots = -1
  #stop: (() => void) | null = null

  constructor({ client, log }: { client: Client; log: Log }) {
    this.#client = client
    this.#log = log
    this.#timer = setInterval(() => void this.#look(), 1_000)
  }

  /** Follows the bucket until disposed; entries that were there count from now. */
  async follow(bucket: KV): Promise<void> {
    const watch = await bucket.watch()
    this.#stop = () => watch.stop()
    void (async () => {
      for await (const entry of watch) {
        if (entry.operation === 'PUT') this.heard(entry.json<NodePresence>())
        else this.#nodes.delete(entry.key)
      }
    })()
  }

  heard(presence: NodePresence, now: number = Date.now()): void {
    const before = this.#nodes.get(presence.node)?.presence
    this.#nodes.set(presence.node, { presence, heardAt: now })
    if (before !== undefined && before.boot !== presence.boot) {
      const kept = new Set(presence.running.map(keyOf))
      void this.#tellLost(
        presence.node,
        before.running.filter((trial) => !kept.has(keyOf(trial))),
      )
    }
  }

  get slots(): number {
    let slots = 0
    for (const { presence } of this.#nodes.values()) slots += presence.draining ? 0 : presence.slots
    return slots
  }

  async #look(): Promise<void> {
    const now = Date.now()
    for (const [node, { presence, heardAt }] of this.#nodes) {
      if (now - heardAt < NODE_LOST_AFTER_MS) continue
      this.#nodes.delete(node)
      this.#log.warn({ node, silentMs: now - heardAt }, 'a node is lost')
      await this.#tellLost(node, presence.running)
    }
    await this.#tellSlots()
  }

  async #tellSlots(): Promise<void> {
    const { slots } = this
    if (slots === this.#toldSlots) return
    this.#toldSlots = slots
    const query = `WorkflowType = '${WORKFLOWS.sweep}' AND ExecutionStatus = 'Running'`
    try {
      for await (const { workflowId } of this.#client.workflow.list({ query })) {
        await this.#signal(workflowId, SWEEP_SIGNALS.fleetChanged, slots)
      }
    } catch (error) {
      this.#toldSlots = -1
      this.#log.warn({ error }, 'open sweeps could not be told of the fleet')
    }
  }

  async #tellLost(node: string, running: readonly RunningTrial[]): Promise<void> {
    for (const { trial, attempt } of running) {
      this.#log.warn({ node, trial, attempt }, 'an attempt is lost with its node')
      await this.#signal(trialWorkflowId(trial), TRIAL_SIGNALS.nodeLost, { node, attempt })
    }
  }

  async #signal(workflowId: string, name: string, argument: unknown): Promise<void> {
    try {
      await this.#client.workflow.getHandle(workflowId).signal(name, argument)
    } catch (error) {
      this.#log.info({ workflowId, name, error }, 'a workflow could not be told; it may have ended')
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    this.#stop?.()
  }
}

const keyOf = ({ trial, attempt }: RunningTrial): string => `${trial}:${attempt}`
