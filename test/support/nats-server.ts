import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectNats } from '../../core/nats.ts'
import { findBinary } from '../../deploy/local/binaries.ts'
import { stackSettings } from '../../deploy/local/settings.ts'
import { freePort } from './temporal-server.ts'

/** A NATS server with JetStream of a test's own; its files are gone when it is disposed. */
export class NatsServer implements AsyncDisposable {
  readonly url: string
  readonly #command: readonly [path: string, ...flags: string[]]
  readonly #folder: string
  #process: ChildProcess | null = null

  private constructor(url: string, command: readonly [string, ...string[]], folder: string) {
    this.url = url
    this.#command = command
    this.#folder = folder
  }

  static async start(): Promise<NatsServer> {
    const { cache } = stackSettings(process.env)
    const say = () => undefined
    const { path } = await findBinary('nats-server', { cache, environment: process.env, say })
    const folder = await mkdtemp(join(tmpdir(), 'sbench-nats-'))
    const port = await freePort()
    const flags = ['--jetstream', '--store_dir', folder, '--addr', '127.0.0.1', '--port', `${port}`]
    const server = new NatsServer(`nats://127.0.0.1:${port}`, [path, ...flags], folder)
    await server.resume()
    return server
  }

  /** 0 while it is away. */
  get pid(): number {
    return this.#process?.pid ?? 0
  }

  /** Starts it again on the same files after {@link kill}. */
  async resume(): Promise<void> {
    const [path, ...flags] = this.#command
    this.#process = spawn(path, flags, { stdio: 'ignore' })
    const connection = await connectNats(this.url, 'test')
    await connection.close()
  }

  /** Throws away what a killed server has stored. */
  async wipe(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
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
