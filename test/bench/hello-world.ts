import { fileURLToPath } from 'node:url'
import {
  bundleWorkflowCode,
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
} from '@temporalio/worker'
import type { TemporalServer } from '../support/temporal-server.ts'
import { hello } from './hello-workflow.ts'

const logger = new DefaultLogger('ERROR')
Runtime.install({ logger, shutdownSignals: [] })

const QUEUE = 'hello'
const WORKFLOWS = fileURLToPath(new URL('hello-workflow.ts', import.meta.url))

/** Hello-world workflows on a server, so many at once, with a worker of their own. */
export class HelloWorld implements AsyncDisposable {
  readonly #server: TemporalServer
  readonly #connection: NativeConnection
  readonly #worker: Worker
  readonly #running: Promise<void>
  #started = 0

  private constructor(server: TemporalServer, connection: NativeConnection, worker: Worker) {
    this.#server = server
    this.#connection = connection
    this.#worker = worker
    this.#running = worker.run()
  }

  static async start(server: TemporalServer): Promise<HelloWorld> {
    const connection = await NativeConnection.connect({ address: server.address })
    const worker = await Worker.create({
      connection,
      taskQueue: QUEUE,
      workflowBundle: await bundleWorkflowCode({ workflowsPath: WORKFLOWS, logger }),
      activities: { greet: async (name: string) => `Hello, ${name}!` },
    })
    return new HelloWorld(server, connection, worker)
  }

  /** @returns seconds from the first start to the last answer. */
  async run(workflows: number, concurrency: number): Promise<number> {
    const startedAt = performance.now()
    let left = workflows
    const lane = async () => {
      while (left > 0) {
        left -= 1
        this.#started += 1
        await this.#server.client.workflow.execute(hello, {
          workflowId: `hello/${this.#started}`,
          taskQueue: QUEUE,
          args: ['world'],
        })
      }
    }
    await Promise.all(Array.from({ length: concurrency }, lane))
    return (performance.now() - startedAt) / 1_000
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#worker.shutdown()
    await this.#running
    await this.#connection.close()
  }
}
