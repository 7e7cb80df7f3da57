import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type Docker from 'dockerode'
import { Failure } from '../../core/failure.ts'
import { refusalOf, statusOf } from '../docker-call.ts'
import type { CommandOptions } from '../running-command.ts'
import { encodeStart, FRAME, type Frame, MAX_PAYLOAD, readPlace } from './frames.ts'
import { type Places, RemoteCommand, type SendFrame } from './remote-command.ts'
import {
  type ConnectOptions,
  connectRunner,
  type RunnerConnection,
  RunnerUnusable,
  type SendOptions,
} from './runner-connection.ts'
import { asLost, checkAlive, sandboxLost } from './sandbox-lost.ts'

type Answer =
  | { readonly is: 'started' | 'unknown' }
  | { readonly is: 'adopted'; readonly command: RemoteCommand }
  | { readonly is: 'refused'; readonly why: string }

/** A question about a command that the daemon has not answered; asked again on a new connection. */
interface Question {
  readonly type: number
  readonly content: SendOptions
  readonly answer: PromiseWithResolvers<Answer>
}

/** A daemon that dies again and again is not connected to for ever. */
const RECONNECTS = 20
const RECONNECT_MS = 10_000
const PAUSE_MS = 250

/**
 * The commands of one user in one sandbox. A connection that breaks is made anew: with the same
 * daemon the commands go on, and with another they ended when theirs was killed.
 */
export class RunnerSession implements Disposable {
  readonly #container: Docker.Container
  readonly #options: ConnectOptions
  readonly #commands = new Map<bigint, RemoteCommand>()
  readonly #questions = new Map<bigint, Question>()
  #connection: Promise<RunnerConnection> | null = null
  #daemon: string | null = null
  #reconnects = 0
  #closed = false

  constructor(container: Docker.Container, options: ConnectOptions) {
    this.#container = container
    this.#options = options
  }

  /** @throws RunnerUnusable; Failure `sandbox.lost`, `sandbox.call-timed-out`. */
  async open(): Promise<void> {
    await this.#connected()
  }

  async start(words: readonly string[], options: CommandOptions): Promise<RemoteCommand> {
    const { workdir: folder = '', env = {} } = options
    const payload = encodeStart({ folder, words, env })
    if (payload === null || payload.length > MAX_PAYLOAD || words.length === 0) {
      throw notStarted(words, 'its words cannot be given to a system call')
    }
    const id = randomBytes(8).readBigUInt64LE()
    await this.open()
    const command = this.#register(id, null)
    const answer = await this.#ask(id, FRAME.start, { payload })
    if (answer.is === 'refused') {
      this.#commands.delete(id)
      throw notStarted(words, answer.why)
    }
    return command
  }

  async adopt(id: bigint): Promise<RemoteCommand | null> {
    const known = this.#commands.get(id)
    if (known !== undefined) return known
    const answer = await this.#ask(id, FRAME.adopt, {})
    return answer.is === 'adopted' ? answer.command : null
  }

  [Symbol.dispose](): void {
    this.#closed = true
    void this.#connection?.then(
      (connection) => connection.close(),
      () => undefined,
    )
    this.#failAll(this.#lost('It was closed here.'))
  }

  #register(id: bigint, places: Places | null): RemoteCommand {
    const send: SendFrame = (type, content) => this.#send(type, id, content)
    const over = () => void this.#commands.delete(id)
    const name = `${id.toString(16).padStart(16, '0')}@${this.#options.user ?? ''}`
    const command = new RemoteCommand(name, send, over, places)
    this.#commands.set(id, command)
    return command
  }

  async #ask(id: bigint, type: number, content: SendOptions): Promise<Answer> {
    const connection = await this.#connected()
    const answer = Promise.withResolvers<Answer>()
    this.#questions.set(id, { type, content, answer })
    try {
      if (connection.isOpen()) await connection.send(type, id, content)
      else this.#reconnectIfNeeded()
      return await answer.promise
    } finally {
      this.#questions.delete(id)
    }
  }

  /** What cannot be sent because the connection is broken is made good when there is a new one. */
  async #send(type: number, id: bigint, content?: SendOptions): Promise<void> {
    const connection = await this.#connection?.catch(() => null)
    await connection?.send(type, id, content)
  }

  #connected(): Promise<RunnerConnection> {
    if (this.#closed) return Promise.reject(this.#lost('It was closed here.'))
    this.#connection ??= this.#connect()
    return this.#connection
  }

  async #connect(): Promise<RunnerConnection> {
    try {
      const connection = await connectRunner(this.#container, this.#options, {
        frame: (frame) => this.#take(frame),
        output: (id, stream, bytes) => this.#commands.get(id)?.takeOutput(stream, bytes),
        closed: () => {
          this.#connection = null
          this.#suspendCommands()
          this.#reconnectIfNeeded()
        },
      })
      if (connection.daemon !== this.#daemon) this.#endAllAsKilled()
      this.#daemon = connection.daemon
      for (const [id, command] of this.#commands) {
        if (this.#questions.has(id)) continue
        void connection.send(FRAME.adopt, id, { payload: command.received })
      }
      for (const [id, { type, content }] of this.#questions) {
        void connection.send(type, id, content)
      }
      return connection
    } catch (error) {
      this.#connection = null
      throw await this.#asFailure(error)
    }
  }

  /** All but those whose start is asked again: there is nothing of theirs to adopt. */
  #suspendCommands(): void {
    for (const [id, command] of this.#commands) {
      if (!this.#questions.has(id)) command.suspend()
    }
  }

  #reconnectIfNeeded(): void {
    if (this.#closed || (this.#commands.size === 0 && this.#questions.size === 0)) return
    this.#reconnect().catch((error: unknown) => this.#failAll(error))
  }

  async #reconnect(): Promise<void> {
    this.#reconnects += 1
    if (this.#reconnects > RECONNECTS) throw this.#lost('It dies again and again.')
    const deadline = performance.now() + RECONNECT_MS
    for (;;) {
      try {
        await this.#connected()
        return
      } catch (error) {
        // Where processes have run out, so has what Docker needs for one.
        if (!(error instanceof RunnerUnusable)) throw error
        if (performance.now() > deadline) throw this.#lost(error.message)
        await delay(PAUSE_MS)
      }
    }
  }

  async #asFailure(error: unknown): Promise<unknown> {
    if (error instanceof RunnerUnusable) {
      await checkAlive(this.#container)
      return error
    }
    // What Docker refuses to do for one user, such as one that is not there.
    if (statusOf(error) === 400) return notStarted([this.#options.user ?? ''], refusalOf(error))
    return asLost(this.#container, error)
  }

  #take({ type, stream, id, payload }: Frame): void {
    const command = this.#commands.get(id)
    switch (type) {
      case FRAME.started:
        this.#answer(id, { is: 'started' })
        break
      case FRAME.refused:
        this.#answer(id, { is: 'refused', why: payload.toString() })
        break
      case FRAME.adopted:
        if (payload.length >= 24) this.#takeAdopted(id, payload)
        break
      case FRAME.unknown:
        this.#answer(id, { is: 'unknown' })
        command?.fail(this.#lost('Its runner knows nothing of it.'))
        break
      case FRAME.taken:
        command?.fail(this.#lost('Another process of this node goes on with its command.'))
        break
      case FRAME.outputEnd:
        command?.takeOutputEnd(stream)
        break
      case FRAME.inputAck:
        if (payload.length >= 12) {
          command?.takeInputAck(readPlace(payload, 0), payload.readUInt32LE(8) === 1)
        }
        break
      case FRAME.ended:
        if (payload.length >= 8) command?.takeEnd(payload.readInt32LE(0), payload.readInt32LE(4))
        break
    }
  }

  #takeAdopted(id: bigint, payload: Buffer): void {
    const [stdout, stderr, stdin] = [0, 8, 16].map((at) => readPlace(payload, at))
    const places = { stdout: stdout ?? 0, stderr: stderr ?? 0, stdin: stdin ?? 0 }
    const known = this.#commands.get(id)
    known?.resume(places.stdin)
    // What it printed follows at once: it must be there before whoever asked hears of it.
    const command = known ?? this.#register(id, places)
    this.#answer(id, { is: 'adopted', command })
  }

  #answer(id: bigint, answer: Answer): void {
    this.#questions.get(id)?.answer.resolve(answer)
  }

  /** One that was about to be started may have run as well: better ended than run twice. */
  #endAllAsKilled(): void {
    for (const command of [...this.#commands.values()]) command.endAsKilled()
    this.#commands.clear()
    for (const { answer } of this.#questions.values()) answer.resolve({ is: 'unknown' })
    this.#questions.clear()
  }

  #failAll(error: unknown): void {
    for (const command of [...this.#commands.values()]) command.fail(error)
    this.#commands.clear()
    for (const { answer } of this.#questions.values()) answer.reject(error)
  }

  #lost(why: string): Failure {
    return sandboxLost(this.#container, why)
  }
}

function notStarted(words: readonly string[], why: string): Failure {
  const name = words[0] ?? ''
  return new Failure('agent.start-failed', `The sandbox cannot run ${name}: ${why}.`, {
    facts: { command: name },
  })
}
