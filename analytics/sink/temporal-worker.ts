import { Context } from '@temporalio/activity'
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import type { SinkActivities } from '../../coordinator/contract/activities.ts'
import { failureInterceptor } from '../../coordinator/contract/failure-interceptor.ts'
import { SINK_QUEUE, TEMPORAL_NAMESPACE } from '../../coordinator/contract/queues.ts'
import type { Log } from '../../core/log.ts'
import { retryUntilOpen } from '../../core/retry-until-open.ts'
import type { ActivityScope } from './sink-activities.ts'

/** The scope of the Temporal activity that runs here and now. */
export function temporalScope(): ActivityScope {
  const context = Context.current()
  return { signal: context.cancellationSignal, heartbeat: () => context.heartbeat() }
}

/** Results mostly wait for their trajectories, so that many may be open at once. */
const OPEN_ACTIVITIES = 2_000

export interface TemporalWorkerOptions {
  readonly address: string
  readonly activities: SinkActivities
  readonly log: Log
}

/**
 * The sink's place on its task queue: connects as soon as Temporal is there, starts again when the
 * worker fails, and ends with its disposal. Events flow meanwhile, whatever Temporal does.
 */
export class TemporalWorker implements AsyncDisposable {
  readonly #options: TemporalWorkerOptions
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  #worker: Worker | null = null

  constructor(options: TemporalWorkerOptions) {
    this.#options = options
    const { log } = options
    Runtime.install({
      logger: new DefaultLogger('WARN', ({ level, message, meta }) => {
        log.warn({ level, ...meta }, message)
      }),
      shutdownSignals: [],
    })
    this.#running = this.#run()
  }

  get connected(): boolean {
    return this.#worker?.getState() === 'RUNNING'
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    if (this.connected) this.#worker?.shutdown()
    await this.#running
  }

  async #run(): Promise<void> {
    const { log } = this.#options
    const { signal } = this.#stop
    while (!signal.aborted) {
      await retryUntilOpen('temporal', () => this.#work(), { log, signal }).catch((error) => {
        if (!signal.aborted) throw error
      })
    }
  }

  async #work(): Promise<void> {
    const { address, activities } = this.#options
    const connection = await NativeConnection.connect({ address })
    try {
      const worker = await Worker.create({
        connection,
        namespace: TEMPORAL_NAMESPACE,
        taskQueue: SINK_QUEUE,
        activities,
        interceptors: { activity: [failureInterceptor] },
        maxConcurrentActivityTaskExecutions: OPEN_ACTIVITIES,
        shutdownGraceTime: '2 seconds',
        shutdownForceTime: '8 seconds',
      })
      this.#worker = worker
      const running = worker.run()
      if (this.#stop.signal.aborted && this.connected) worker.shutdown()
      await running
    } finally {
      this.#worker = null
      await connection.close()
    }
  }
}
