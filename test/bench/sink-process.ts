import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Engine } from '../support/engine.ts'
import type { NatsServer } from '../support/nats-server.ts'
import { freePort } from '../support/temporal-server.ts'

const ENTRY = fileURLToPath(new URL('../../analytics/sink/main.ts', import.meta.url))

/** The sink as a stack runs it. */
export class SinkProcess implements AsyncDisposable {
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  /** Without Temporal, which it needs for results alone. */
  static async start(nats: NatsServer, engine: Engine): Promise<SinkProcess> {
    const child = spawn(process.execPath, [ENTRY], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        ...process.env,
        SBENCH_TEMPORAL_ADDRESS: '127.0.0.1:1',
        SBENCH_NATS_URL: nats.url,
        SBENCH_CLICKHOUSE_URL: engine.url,
        SBENCH_COORDINATOR_URL: 'http://127.0.0.1:1',
        SBENCH_HTTP_PORT: `${await freePort()}`,
      },
    })
    return new SinkProcess(child)
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await ended
  }
}
