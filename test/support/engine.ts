import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Store } from '../../analytics/store.ts'
import { freePort } from './temporal-server.ts'

const ENTRY = fileURLToPath(new URL('../../analytics/front/main.ts', import.meta.url))
const READY_WITHIN_MS = 60_000

/** The embedded ClickHouse engine behind its HTTP front, of a test's own, on an empty folder. */
export class Engine implements AsyncDisposable {
  readonly url: string
  readonly #port: number
  readonly #folder: string
  #process: ChildProcess | null = null

  private constructor(port: number, folder: string) {
    this.url = `http://127.0.0.1:${port}`
    this.#port = port
    this.#folder = folder
  }

  static async start({ port }: { port?: number } = {}): Promise<Engine> {
    const folder = await mkdtemp(join(tmpdir(), 'sbench-engine-'))
    const engine = new Engine(port ?? (await freePort()), folder)
    await engine.resume()
    return engine
  }

  /** 0 while it is away. */
  get pid(): number {
    return this.#process?.pid ?? 0
  }

  store(user: 'default' | 'analyst' = 'default'): Store {
    return new Store({ url: this.url, user })
  }

  /** Starts it again on the same files after {@link kill}. */
  async resume(): Promise<void> {
    this.#process = spawn(process.execPath, [ENTRY], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        ...process.env,
        SBENCH_CLICKHOUSE_HOST: '127.0.0.1',
        SBENCH_CLICKHOUSE_PORT: `${this.#port}`,
        SBENCH_CLICKHOUSE_DATA: join(this.#folder, 'clickhouse'),
      },
    })
    await using store = this.store()
    const deadline = Date.now() + READY_WITHIN_MS
    for (;;) {
      try {
        return await store.ping()
      } catch (error) {
        if (Date.now() > deadline) throw error
        await sleep(100)
      }
    }
  }

  async kill(): Promise<void> {
    const process = this.#process
    if (process === null) return
    this.#process = null
    const ended = new Promise((resolve) => process.once('exit', resolve))
    process.kill('SIGKILL')
    await ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    await rm(this.#folder, { recursive: true, force: true })
  }
}
