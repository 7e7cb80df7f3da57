import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type Docker from 'dockerode'
import { dockerCall, TIME_LIMITS } from '../docker-call.ts'
import type { OutputStream } from '../frame-decoder.ts'
import { killGroup } from '../kill-group.ts'
import type {
  CommandEnd,
  CommandOptions,
  CommandRunner,
  RunningCommand,
} from '../running-command.ts'
import { type ExecStream, openExecStream } from './exec-stream.ts'
import { LeaderLine } from './leader-line.ts'
import { OutputQueue } from './output-queue.ts'
import { asLost, checkAlive } from './sandbox-lost.ts'
import { signalName, signalNumber } from './signals.ts'

/** As in `exec.ts`: the one way to learn a process id. */
const WRAPPER = ['sh', '-c', 'echo $$ >&2; exec "$@"', 'sh']
/** Unread output of both streams together: they come on one connection. */
const UNREAD_BYTES = 4 * 1024 * 1024
const FIRST_POLL_MS = 20
const POLL_MS = 400
/** Of a process that SIGKILL ended. */
const KILLED = 137
/** Exit codes above it tell of a signal. */
const SIGNAL_BASE = 128

/**
 * Each command as a Docker exec, for images that cannot run ours. What it cannot do: go on with
 * commands of an earlier process; keep what children print more than two seconds after the command
 * has ended, which Docker throws away; tell a death by a signal from an exit code above 128 that
 * was meant.
 */
export class ExecRunner implements CommandRunner {
  readonly kind = 'exec'
  readonly #container: Docker.Container
  readonly #running = new Set<ExecCommand>()

  constructor(container: Docker.Container) {
    this.#container = container
  }

  async start(command: readonly string[], options: CommandOptions = {}): Promise<RunningCommand> {
    const running = await ExecCommand.start(this.#container, command, options)
    this.#running.add(running)
    const forget = () => void this.#running.delete(running)
    running.ended.then(forget, forget)
    return running
  }

  async adopt(): Promise<null> {
    return null
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const running of this.#running) running.close()
  }
}

class ExecCommand implements RunningCommand {
  readonly id = randomBytes(8).toString('hex')
  readonly stdout = new OutputQueue(() => this.#flow())
  readonly stderr = new OutputQueue(() => this.#flow())
  readonly ended: Promise<CommandEnd>
  readonly #container: Docker.Container
  readonly #user: string | undefined
  readonly #ending = Promise.withResolvers<CommandEnd>()
  readonly #leader = new LeaderLine()
  readonly #over = new AbortController()
  #stream: ExecStream | null = null
  #abandoned = false

  private constructor(container: Docker.Container, user: string | undefined) {
    this.#container = container
    this.#user = user
    this.ended = this.#ending.promise
    this.ended.catch(() => undefined)
  }

  static async start(
    container: Docker.Container,
    words: readonly string[],
    { user, workdir, env }: CommandOptions,
  ): Promise<ExecCommand> {
    const command = new ExecCommand(container, user)
    command.#stream = await openExecStream(
      container,
      { command: [...WRAPPER, ...words], user, workdir, env },
      {
        output: (stream, bytes) => command.#take(stream, bytes),
        closed: () => command.#over.abort(),
      },
    ).catch((error: unknown) => {
      throw asLost(container, error)
    })
    command.#watch(command.#stream.exec).then(
      (end) => command.#finish(end),
      (error: unknown) => command.#fail(asLost(container, error)),
    )
    return command
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#stream?.write(bytes)
  }

  async closeInput(): Promise<void> {
    this.#stream?.endInput()
  }

  async kill(signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const leader = await this.#leader.found
    if (leader === null) return
    await killGroup(this.#container, leader, { user: this.#user, signal: signalNumber(signal) })
  }

  abandon(): void {
    this.#abandoned = true
    this.stdout.drop()
    this.stderr.drop()
    this.#stream?.resume()
  }

  close(): void {
    this.#stream?.close()
  }

  #take(stream: OutputStream, bytes: Buffer): void {
    const own = stream === 'stdout' ? bytes : this.#leader.take(bytes)
    if (this.#abandoned) return
    // A copy: pieces of a large chunk would each keep the whole.
    this[stream].push(Buffer.from(own))
    if (this.stdout.queuedBytes + this.stderr.queuedBytes > UNREAD_BYTES) this.#stream?.pause()
  }

  #flow(): void {
    if (this.stdout.queuedBytes + this.stderr.queuedBytes <= UNREAD_BYTES) this.#stream?.resume()
  }

  /** Docker tells of the end only when asked. */
  async #watch(exec: Docker.Exec): Promise<CommandEnd> {
    const { signal } = this.#over
    for (let pauseMs = FIRST_POLL_MS; ; pauseMs = Math.min(pauseMs * 2, POLL_MS)) {
      // When the output ends first, the exit follows within milliseconds.
      await delay(signal.aborted ? 2 : pauseMs, undefined, { signal }).catch(() => delay(2))
      const { Running, ExitCode } = await dockerCall(
        'tell of a command',
        TIME_LIMITS.readMs,
        (abortSignal) => exec.inspect({ abortSignal }),
      )
      if (Running || ExitCode === null) continue
      if (ExitCode === KILLED || !this.#leader.heard) await checkAlive(this.#container)
      return endOf(ExitCode)
    }
  }

  #finish(end: CommandEnd): void {
    this.#ending.resolve(end)
    this.#endOutputs(null)
  }

  #fail(error: unknown): void {
    this.#ending.reject(error)
    this.#endOutputs(error)
  }

  /** When Docker has closed them, which it does soon after the command's end. */
  #endOutputs(error: unknown): void {
    const end = () => {
      const rest = this.#leader.end()
      if (!this.#abandoned && rest.length > 0) this.stderr.push(rest)
      this.stdout.end(error)
      this.stderr.end(error)
    }
    if (this.#over.signal.aborted || error !== null) end()
    else this.#over.signal.addEventListener('abort', end, { once: true })
  }
}

function endOf(exitCode: number): CommandEnd {
  const name = signalName(exitCode - SIGNAL_BASE)
  return exitCode > SIGNAL_BASE && name.startsWith('SIG')
    ? { exitCode: null, signal: name }
    : { exitCode, signal: null }
}
