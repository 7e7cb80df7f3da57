import type Docker from 'dockerode'
import { Failure } from '../../core/failure.ts'
import type { CommandOptions, CommandRunner, RunningCommand } from '../running-command.ts'
import { LEASE_SECONDS, RunnerUnusable } from './runner-connection.ts'
import { RunnerSession } from './runner-session.ts'

/** Commands by the runner inside of the sandbox, over one stream for each user that they run as. */
export class StreamRunner implements CommandRunner {
  readonly kind = 'runner'
  readonly #container: Docker.Container
  readonly #sessions = new Map<string, RunnerSession>()

  readonly #leaseSeconds: number

  private constructor(container: Docker.Container, leaseSeconds: number) {
    this.#container = container
    this.#leaseSeconds = leaseSeconds
  }

  /**
   * @param leaseSeconds what runs ends when no process has been connected for so long.
   * @throws RunnerUnusable when the image cannot run it; Failure `sandbox.lost`.
   */
  static async open(
    container: Docker.Container,
    leaseSeconds = LEASE_SECONDS,
  ): Promise<StreamRunner> {
    const runner = new StreamRunner(container, leaseSeconds)
    await runner.#session(undefined).open()
    return runner
  }

  async start(command: readonly string[], options: CommandOptions = {}): Promise<RunningCommand> {
    try {
      return await this.#session(options.user).start(command, options)
    } catch (error) {
      // It runs for others, so that the image is not to blame.
      if (!(error instanceof RunnerUnusable)) throw error
      throw new Failure(
        'agent.start-failed',
        `The runner does not start for the user ${options.user ?? ''}: ${error.message}.`,
        { cause: error },
      )
    }
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
    const session =
      this.#sessions.get(name) ??
      new RunnerSession(this.#container, { user, leaseSeconds: this.#leaseSeconds })
    this.#sessions.set(name, session)
    return session
  }
}
