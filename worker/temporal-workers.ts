import { type NativeConnection, Worker } from '@temporalio/worker'
import { failureInterceptor } from '../coordinator/contract/failure-interceptor.ts'
import { workerIdentity } from '../coordinator/contract/fleet.ts'
import { nodeQueue, runQueue, TEMPORAL_NAMESPACE } from '../coordinator/contract/queues.ts'
import { RESOURCE_CLASS_NAMES, RESOURCE_CLASSES } from '../tasks/resource-class.ts'
import type { Node } from './node.ts'
import { nodeActivities, runActivities } from './node-activities.ts'
import { slotSupplier } from './slot-supplier.ts'

interface WorkersOptions {
  readonly connection: NativeConnection
  /** Milliseconds that running activities get when draining, before they are cancelled. */
  readonly drainMs: number
}

/** Cancelled activities get so long to remove their sandboxes; then the process may end. */
const FORCE_AFTER_MS = 5_000
/** How soon a cancellation reaches a running trial, at the price of a call to the server as often. */
const HEARTBEAT_THROTTLE_MS = 5_000

/** The Temporal workers of a node: one for each class of trial that it can hold, one of its own. */
export class NodeWorkers {
  /** Resolves when a worker stops that was not told to. */
  readonly ended: Promise<string>
  readonly #workers: readonly Worker[]
  readonly #runs: readonly Promise<void>[]

  private constructor(workers: readonly Worker[]) {
    this.#workers = workers
    this.#runs = workers.map((worker) => worker.run())
    this.ended = Promise.race(this.#runs).then(() => 'a Temporal worker stopped')
  }

  static async start(node: Node, { connection, drainMs }: WorkersOptions): Promise<NodeWorkers> {
    const common = {
      connection,
      namespace: TEMPORAL_NAMESPACE,
      identity: workerIdentity(node.id, node.boot),
      interceptors: { activity: [failureInterceptor] },
      maxHeartbeatThrottleInterval: HEARTBEAT_THROTTLE_MS,
      shutdownGraceTime: drainMs,
      shutdownForceTime: drainMs + FORCE_AFTER_MS,
    }
    const { total } = node.capacity
    const classes = RESOURCE_CLASS_NAMES.filter((name) => {
      const { cpus, memoryMb } = RESOURCE_CLASSES[name]
      return cpus <= total.cpus && memoryMb <= total.memoryMb
    })
    const unused = { type: 'fixed-size', numSlots: 1 } as const
    const forClasses = classes.map((name) =>
      Worker.create({
        ...common,
        taskQueue: runQueue(name),
        activities: { ...runActivities(node) },
        tuner: {
          workflowTaskSlotSupplier: unused,
          activityTaskSlotSupplier: slotSupplier(node.capacity, name),
          localActivityTaskSlotSupplier: unused,
          nexusTaskSlotSupplier: unused,
        },
      }),
    )
    const own = Worker.create({
      ...common,
      taskQueue: nodeQueue(node.id),
      activities: { ...nodeActivities(node) },
      maxConcurrentActivityTaskExecutions: 200,
    })
    return new NodeWorkers(await Promise.all([...forClasses, own]))
  }

  /** Takes nothing new, lets what runs go on for its grace, then hands it back. */
  async drain(): Promise<void> {
    for (const worker of this.#workers) if (worker.getState() === 'RUNNING') worker.shutdown()
    await Promise.allSettled(this.#runs)
  }
}
