import { CancellationScope, proxyActivities } from '@temporalio/workflow'
import type { PersistResultInput, SinkActivities } from '../contract/activities.ts'
import { SINK_QUEUE } from '../contract/queues.ts'

type Storage = Pick<SinkActivities, 'persistResult' | 'persistResults'>
export const STORAGE = {
  taskQueue: SINK_QUEUE,
  startToCloseTimeout: '15 minutes',
  heartbeatTimeout: '20 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '30 seconds' },
} as const
const { persistResult, persistResults } = proxyActivities<Storage>(STORAGE)

/** Of JSON in one call, in characters, unless a single result is longer. Temporal refuses 2 MB. */
const CALL_LENGTH = 400_000

/**
 * A shard's results on their way to the sink, one call after another: what comes while a call is on
 * its way makes the next. A result whose trajectory is long in coming gets a call of its own, so that
 * it holds up no other. Cancelling the shard loses none.
 */
export class ResultStorage {
  #waiting: PersistResultInput[] = []
  #storing: Promise<void> | null = null
  readonly #late: Promise<void>[] = []

  add(result: PersistResultInput): void {
    this.#waiting.push(result)
    this.#storing ??= CancellationScope.nonCancellable(() => this.#storeAll())
  }

  /** Until all that has been added is stored. */
  async settled(): Promise<void> {
    await this.#storing
    await Promise.all(this.#late)
  }

  async #storeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const results = this.#nextCall()
      const { late } = await persistResults({ results })
      for (const result of results) {
        if (late.includes(result.trial.trial)) this.#late.push(persistResult(result))
      }
    }
    this.#storing = null
  }

  #nextCall(): readonly PersistResultInput[] {
    let length = 0
    const fitting = this.#waiting.findIndex((result, index) => {
      length += JSON.stringify(result).length
      return index > 0 && length > CALL_LENGTH
    })
    return this.#waiting.splice(0, fitting === -1 ? this.#waiting.length : fitting)
  }
}
