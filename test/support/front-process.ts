import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

const READY_MS = 20_000

export interface FrontProcessOptions {
  readonly folder: string
  /** Further `SBENCH_CLICKHOUSE_…` variables. */
  readonly environment?: Readonly<Record<string, string>>
}

/** The front as a process of its own on a port of its own, for tests that need the real one. */
export class FrontProcess implements AsyncDisposable {
  readonly url: string
  readonly pid: number
  readonly readyAfterMs: number
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, port: number, readyAfterMs: number) {
    this.#child = child
    this.pid = child.pid ?? 0
    this.url = `http://127.0.0.1:${port}`
    this.readyAfterMs = readyAfterMs
  }

  /** @throws Error with what the process wrote when it ends before it is ready. */
  static async start({ folder, environment }: FrontProcessOptions): Promise<FrontProcess> {
    const started = performance.now()
    const child = spawn(
      process.execPath,
      [new URL('../../analytics/front/main.ts', import.meta.url).pathname],
      {
        env: {
          ...process.env,
          SBENCH_CLICKHOUSE_DATA: folder,
          SBENCH_CLICKHOUSE_PORT: '0',
          ...environment,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    let errors = ''
    child.stderr.on('data', (chunk) => {
      errors += chunk
    })
    const ready = new Promise<number>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`not ready in time: ${errors}`)), READY_MS)
      createInterface(child.stdout).on('line', (line) => {
        const entry: { ready?: boolean; port?: number } = JSON.parse(line)
        if (entry.ready === true && entry.port !== undefined) resolve(entry.port)
      })
      child.once('close', (code) => {
        clearTimeout(timer)
        reject(new Error(`ended with ${code}: ${errors}`))
      })
      child.once('spawn', () => child.stdout.once('data', () => clearTimeout(timer)))
    })
    return new FrontProcess(child, await ready, performance.now() - started)
  }

  /** Resident memory in bytes. */
  get rssBytes(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8')
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024
  }

  /** Sends a signal and waits for the end; the exit code, or the signal that ended it. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<number | string> {
    const { exitCode, signalCode } = this.#child
    if (exitCode !== null || signalCode !== null) return exitCode ?? String(signalCode)
    const ended = once(this.#child, 'close')
    this.#child.kill(signal)
    const [code, by] = await ended
    return code ?? by
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGKILL')
  }
}
