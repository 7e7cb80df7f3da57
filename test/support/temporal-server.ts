import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, Connection } from '@temporalio/client'
import { findBinary } from '../../deploy/local/binaries.ts'
import { stackSettings } from '../../deploy/local/settings.ts'

const START_TRIES = 3
const START_MS = 60_000

/** A Temporal server of a test's own, in memory; gone when disposed. */
export class TemporalServer implements AsyncDisposable {
  readonly address: string
  readonly client: Client
  readonly #connection: Connection
  readonly #process: ChildProcess | null

  private constructor(address: string, connection: Connection, process: ChildProcess | null) {
    this.address = address
    this.client = new Client({ connection })
    this.#connection = connection
    this.#process = process
  }

  /** 0 for one that another process has started. */
  get pid(): number {
    return this.#process?.pid ?? 0
  }

  static async start(): Promise<TemporalServer> {
    const { cache } = stackSettings(process.env)
    const say = () => undefined
    const { path } = await findBinary('temporal', { cache, environment: process.env, say })
    for (let tries = 1; ; tries++) {
      try {
        return await TemporalServer.#startOn(path, await freePort())
      } catch (error) {
        if (tries === START_TRIES) throw error
      }
    }
  }

  /** Ends soon where another process has taken the port meanwhile. */
  static async #startOn(path: string, port: number): Promise<TemporalServer> {
    const address = `127.0.0.1:${port}`
    const flags = ['--headless', '--ip', '127.0.0.1', '--port', `${port}`, '--log-level', 'error']
    const server = spawn(path, ['server', 'start-dev', ...flags], { stdio: 'ignore' })
    const deadline = Date.now() + START_MS
    while (server.exitCode === null && Date.now() < deadline) {
      try {
        const connection = await Connection.connect({ address, connectTimeout: '2s' })
        return new TemporalServer(address, connection, server)
      } catch {
        await sleep(100)
      }
    }
    server.kill('SIGKILL')
    throw new Error(
      `no Temporal server on port ${port}: exit code ${server.exitCode ?? 'none yet'}`,
    )
  }

  /** One that another process has started, and will end. */
  static async at(address: string): Promise<TemporalServer> {
    return new TemporalServer(address, await Connection.connect({ address }), null)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.close()
    const process = this.#process
    if (process === null) return
    const ended = new Promise((resolve) => process.once('exit', resolve))
    process.kill('SIGKILL')
    await ended
  }
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
