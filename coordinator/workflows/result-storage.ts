import { CancellationScope, patched, proxyActivities } from '@temporalio/workflow'
import type {
  PersistResultInput,
  PersistResultsInput,
  SinkActivities,
} from '../contract/activities.ts'
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

/** Shards that began before it let their last results wait for the call under way. */
const LAST_AT_ONCE = 'last-results-at-once'

/**
 * A shard's results on their way to the sink, one call after another: what comes while a call is on
 * its way makes the next. The last ones wait for no call, since nothing follows that could be stored
 * with them. A result whose trajectory is long in coming gets a call of its own, so that it holds up
 * no other. Cancelling the shard loses none.
 */
export class ResultStorage {
  #waiting: PersistResultInput[] = []
  #storing: Promise<void> | null = null
  readonly #besides: Promise<void>[] = []

  /** @param last whether no more can come. */
  add(result: PersistResultInput, { last }: { readonly last: boolean }): void {
    this.#waiting.push(result)
    if (last && patched(LAST_AT_ONCE)) {
      this.#besides.push(CancellationScope.nonCancellable(() => this.#storeLast()))
    } else {
      this.#storing ??= CancellationScope.nonCancellable(() => this.#storeAll())
    }
  }

  /** Until all that has been added is stored. */
  async settled(): Promise<void> {
    await this.#storing
    while (this.#besides.length > 0) await Promise.all(this.#besides.splice(0))
  }

  async #storeAll(): Promise<void> {
    while (this.#waiting.length > 0) await this.#store({ results: this.#nextCall() })
    this.#storing = null
  }

  async #storeLast(): Promise<void> {
    const calls: Promise<void>[] = []
    while (this.#waiting.length > 0) {
      calls.push(this.#store({ results: this.#nextCall(), last: true }))
    }
    await Promise.all(calls)
  }

  async #store(input: PersistResultsInput): Promise<void> {
    const { late } = await persistResults(input)
    for (const result of input.results) {
      if (late.includes(result.trial.trial)) this.#besides.push(persistResult(result))
    }
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
