import type Docker from 'dockerode'
import type { CommandOptions, CommandRunner, RunningCommand } from '../running-command.ts'
import { RunnerSession } from './runner-session.ts'

/** Commands by the runner inside of the sandbox, over one stream for each user that they run as. */
export class StreamRunner implements CommandRunner {
  readonly kind = 'runner'
  readonly #container: Docker.Container
  readonly #sessions = new Map<string, RunnerSession>()

  private constructor(container: Docker.Container) {
    this.#container = container
  }

  /** @throws RunnerUnusable when the image cannot run it; Failure `sandbox.lost`. */
  static async open(container: Docker.Container): Promise<StreamRunner> {
    const runner = new StreamRunner(container)
    await runner.#session(undefined).open()
    return runner
  }

  start(command: readonly string[], options: CommandOptions = {}): Promise<RunningCommand> {
    return this.#session(options.user).start(command, options)
  }

  async adopt(id: string): Promise<RunningCommand | null> {
    const parsed = /^([0-9a-f]{16})@(.*)$/.exec(id)
    if (parsed === null) return null
    const [, number = '', user = ''] = parsed
    return this.#session(user === '' ? undefined : user).adopt(BigInt(`0x${number}`))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.#sessions.values()) session[Symbol.dispose]()
  }

  #session(user: string | undefined): RunnerSession {
    const name = user ?? ''
    const session = this.#sessions.get(name) ?? new RunnerSession(this.#container, user)
    this.#sessions.set(name, session)
    return session
  }
}
