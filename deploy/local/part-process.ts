import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../../core/log.ts'
import { restartDelay } from './back-off.ts'
import type { Home } from './home.ts'
import type { Part } from './part.ts'
import { dropRecord, signal, writeRecord } from './process-record.ts'
import { whyNotReady } from './readiness.ts'
import { RotatingLog } from './rotating-log.ts'
import type { Environment } from './run-command.ts'
import type { PartState, PartStatus } from './stack-status.ts'

const FIRST_PROBES_MS = 100
const LATER_PROBES_MS = 2_000
/** How long output may trail behind the end of its process. */
const OUTPUT_GRACE_MS = 300

export interface PartProcessOptions {
  readonly home: Home
  readonly log: Log
  /** What every part inherits. */
  readonly environment: Environment
  /** A command line to run the part under, see `deathGuard`. */
  readonly guard: readonly string[]
}

function without(environment: Environment, names: readonly string[]): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !names.includes(name)))
}

/** Keeps one part running: starts it, watches its readiness, restarts it with back-off, stops it. */
export class PartProcess implements AsyncDisposable {
  readonly part: Part
  readonly #options: PartProcessOptions
  readonly #log: Log
  readonly #output: RotatingLog
  readonly #stopping = new AbortController()
  readonly #life: Promise<void>
  #child: ChildProcess | undefined
  #state: PartState = 'starting'
  #since = new Date()
  #restarts = 0
  #lastEnd: string | undefined
  #reason: string | null = null

  constructor(part: Part, options: PartProcessOptions) {
    this.part = part
    this.#options = options
    this.#log = options.log.child({ part: part.name })
    this.#output = new RotatingLog(join(options.home.logs, `${part.name}.log`))
    this.#life = this.#live()
  }

  get status(): PartStatus {
    const { name, port } = this.part
    return {
      name,
      port,
      state: this.#state,
      restarts: this.#restarts,
      since: this.#since.toISOString(),
      ...(this.#child?.pid === undefined ? {} : { pid: this.#child.pid }),
      ...(this.#reason === null || this.#child === undefined ? {} : { reason: this.#reason }),
      ...(this.#lastEnd === undefined ? {} : { lastEnd: this.#lastEnd }),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort()
    const pid = this.#child?.pid
    if (pid !== undefined) {
      signal(pid, 'SIGTERM')
      const kill = setTimeout(() => signal(-pid, 'SIGKILL'), this.part.stopGraceMs)
      await this.#life
      clearTimeout(kill)
    }
    await this.#life
    this.#output[Symbol.dispose]()
    await dropRecord(this.#options.home, this.part.name)
  }

  async #live(): Promise<void> {
    const { signal: stopped } = this.#stopping
    let delayMs: number | undefined
    while (!stopped.aborted) {
      const startedAt = Date.now()
      this.#become('starting')
      this.#lastEnd = await this.#runOnce()
      if (stopped.aborted) break
      delayMs = restartDelay(delayMs, Date.now() - startedAt)
      this.#restarts += 1
      this.#become('backing-off')
      this.#log.warn({ ended: this.#lastEnd, restarts: this.#restarts, delayMs }, 'part ended')
      await sleep(delayMs, undefined, { signal: stopped }).catch(() => undefined)
    }
    this.#become('stopped')
  }

  /** @returns how the process ended. */
  async #runOnce(): Promise<string> {
    const { home, guard, environment } = this.#options
    const [command = this.part.command, ...args] = [...guard, this.part.command, ...this.part.args]
    const child = spawn(command, args, {
      // A group of its own, so that whatever it starts can be ended with it.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...without(environment, this.part.withheld ?? []),
        ...this.part.env,
        SBENCH_PARENT_PID: String(process.pid),
      },
    })
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => this.#output.write(chunk))
    }
    const closed = once(child, 'close').catch(() => undefined)
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message))
      child.once('exit', (code, name) => resolve(name ?? `exit code ${code}`))
    })
    const { pid } = child
    if (pid === undefined) return ended
    this.#child = child
    await writeRecord(home, this.part.name, pid)
    const watching = new AbortController()
    const watch = this.#watch(watching.signal)
    const how = await ended
    watching.abort()
    signal(-pid, 'SIGKILL')
    await Promise.race([closed, sleep(OUTPUT_GRACE_MS)])
    for (const stream of [child.stdout, child.stderr]) stream.destroy()
    await watch
    this.#child = undefined
    return how
  }

  async #watch(ended: AbortSignal): Promise<void> {
    while (!ended.aborted) {
      this.#reason = await whyNotReady(this.part.ready)
      if (ended.aborted) return
      const ready = this.#reason === null
      if (ready && this.#state !== 'ready') this.#become('ready')
      if (!ready && this.#state === 'ready') this.#become('not-ready')
      const pauseMs = this.#state === 'starting' ? FIRST_PROBES_MS : LATER_PROBES_MS
      await sleep(pauseMs, undefined, { signal: ended }).catch(() => undefined)
    }
  }

  #become(state: PartState): void {
    this.#state = state
    this.#since = new Date()
    this.#log.info({ state }, 'part state')
  }
}
