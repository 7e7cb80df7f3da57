import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

export interface TendedCommand {
  readonly command: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
}

const PAUSE_MS = 1_000
const GRACE_MS = 10_000

/** A process that is started again whenever it ends, as a service manager would have it. */
export class TendedProcess implements AsyncDisposable {
  readonly #life: Promise<void>
  #child: ChildProcess | null = null
  #disposed = false

  constructor(command: TendedCommand) {
    this.#life = this.#live(command)
  }

  /** SIGKILL to it and all it has started. False when it is just away. */
  kill(): boolean {
    return this.#signal('SIGKILL')
  }

  /** SIGSTOP: it is there and does nothing, until {@link thaw}. */
  freeze(): boolean {
    return this.#signal('SIGSTOP')
  }

  thaw(): boolean {
    return this.#signal('SIGCONT')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true
    this.#signal('SIGTERM')
    const timer = setTimeout(() => this.#signal('SIGKILL'), GRACE_MS)
    await this.#life
    clearTimeout(timer)
  }

  async #live({ command, args, env }: TendedCommand): Promise<void> {
    while (!this.#disposed) {
      this.#child = spawn(command, args, { env, stdio: 'ignore', detached: true })
      await once(this.#child, 'exit')
      this.#child = null
      if (!this.#disposed) await sleep(PAUSE_MS)
    }
  }

  #signal(name: NodeJS.Signals): boolean {
    const pid = this.#child?.pid
    if (pid === undefined) return false
    try {
      return process.kill(-pid, name)
    } catch {
      return false
    }
  }
}
