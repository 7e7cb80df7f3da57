import type { CommandEnd, RunningCommand } from '../running-command.ts'
import { encodePlace, FRAME, INPUT_WINDOW, MAX_INPUT_PAYLOAD } from './frames.ts'
import { OutputQueue } from './output-queue.ts'
import { signalName, signalNumber } from './signals.ts'

/** Sends one frame about this command; resolves when it has left the process. */
export type SendFrame = (
  type: number,
  content?: { readonly stream?: number; readonly payload?: Uint8Array },
) => Promise<void>

/** Where the streams of a command stand, in bytes. */
export interface Places {
  readonly stdout: number
  readonly stderr: number
  readonly stdin: number
}

const START: Places = { stdout: 0, stderr: 0, stdin: 0 }
/** Acknowledged at once from here on; less waits for the end of the event loop's turn. */
const ACK_BYTES = 128 * 1024

/** One output stream: what came, what was read, what the daemon was told of it. */
class Incoming {
  readonly queue: OutputQueue
  received: number
  read: number
  acknowledged: number
  #scheduled = false
  readonly #acknowledge: (place: number) => void

  constructor(place: number, acknowledge: (place: number) => void) {
    this.received = this.read = this.acknowledged = place
    this.#acknowledge = acknowledge
    this.queue = new OutputQueue((bytes) => {
      this.read += bytes
      if (this.read - this.acknowledged >= ACK_BYTES) this.tell()
      else if (!this.#scheduled) {
        this.#scheduled = true
        setImmediate(() => this.tell())
      }
    })
  }

  tell(): void {
    this.#scheduled = false
    if (this.read === this.acknowledged) return
    this.acknowledged = this.read
    this.#acknowledge(this.read)
  }

  take(bytes: Buffer): void {
    this.received += bytes.length
    this.queue.push(bytes)
  }
}

/** A command of a daemon, as long as this process is the one that reads it. */
export class RemoteCommand implements RunningCommand {
  readonly id: string
  readonly adoptedAt?: { readonly stdout: number; readonly stderr: number }
  readonly stdout: OutputQueue
  readonly stderr: OutputQueue
  readonly ended: Promise<CommandEnd>
  readonly #send: SendFrame
  readonly #onOver: () => void
  readonly #outputs: readonly [Incoming, Incoming]
  readonly #ending = Promise.withResolvers<CommandEnd>()
  #open = 2
  #hasEnded = false
  #abandoned = false
  /** Input that the command may not have read yet, kept for a new connection. */
  #unread: Buffer[] = []
  #taken: number
  #written: number
  #inputClosed = false
  /** Its connection broke: what is said meanwhile is sent once a new one has it, and then once. */
  #suspended = false
  #signals: Buffer[] = []
  #room: (() => void)[] = []

  /**
   * @param onOver told when no more frames can come, so that the id can be forgotten.
   * @param places of an adopted command; null for one that is new.
   */
  constructor(id: string, send: SendFrame, onOver: () => void, places: Places | null = null) {
    this.id = id
    this.#send = send
    this.#onOver = onOver
    const { stdout, stderr, stdin } = places ?? START
    if (places !== null) this.adoptedAt = { stdout, stderr }
    const acknowledge = (stream: number) => (place: number) =>
      void send(FRAME.ack, { stream, payload: encodePlace(place) })
    this.#outputs = [new Incoming(stdout, acknowledge(0)), new Incoming(stderr, acknowledge(1))]
    this.stdout = this.#outputs[0].queue
    this.stderr = this.#outputs[1].queue
    this.#taken = this.#written = stdin
    this.ended = this.#ending.promise
    // Nobody need wait for it; who does hears of a loss all the same.
    this.ended.catch(() => undefined)
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += MAX_INPUT_PAYLOAD) {
      const piece = Buffer.from(bytes.subarray(at, at + MAX_INPUT_PAYLOAD))
      while (!this.#inputClosed && this.#written + piece.length - this.#taken > INPUT_WINDOW) {
        await new Promise<void>((resolve) => this.#room.push(resolve))
      }
      if (this.#inputClosed) return
      this.#written += piece.length
      this.#unread.push(piece)
      if (!this.#suspended) await this.#send(FRAME.input, { payload: piece })
    }
  }

  async closeInput(): Promise<void> {
    if (this.#inputClosed) return
    this.#closeInput()
    if (!this.#suspended) await this.#send(FRAME.inputEnd)
  }

  async kill(signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const payload = Buffer.alloc(4)
    payload.writeUInt32LE(signalNumber(signal))
    if (this.#suspended) this.#signals.push(payload)
    else await this.#send(FRAME.kill, { payload })
  }

  abandon(): void {
    if (this.#abandoned) return
    this.#abandoned = true
    this.#open = 0
    for (const { queue } of this.#outputs) queue.drop()
    if (!this.#suspended) void this.#send(FRAME.abandon)
    this.#checkOver()
  }

  // What follows is for the connection alone.

  takeOutput(stream: number, bytes: Buffer): void {
    if (!this.#abandoned) this.#outputs[stream === 0 ? 0 : 1].take(bytes)
  }

  takeOutputEnd(stream: number): void {
    if (this.#abandoned) return
    this.#outputs[stream === 0 ? 0 : 1].queue.end()
    this.#open -= 1
    this.#checkOver()
  }

  takeInputAck(taken: number, closed: boolean): void {
    this.#forgetInput(taken)
    if (closed) this.#closeInput()
    for (const proceed of this.#room.splice(0)) proceed()
  }

  takeEnd(exitCode: number, signal: number): void {
    this.#hasEnded = true
    this.#ending.resolve(
      signal === 0 ? { exitCode, signal: null } : { exitCode: null, signal: signalName(signal) },
    )
    this.#checkOver()
  }

  /** What an `adopt` says so that a new connection to the same daemon goes on where this was. */
  get received(): Buffer {
    return Buffer.concat(this.#outputs.map(({ received }) => encodePlace(received)))
  }

  /**
   * Its connection is broken. Input that followed the `adopt` on a new one would reach the command
   * twice: by itself, and with what `resume` sends again.
   */
  suspend(): void {
    this.#suspended = true
  }

  /** A new connection has it; the daemon holds input up to this place. */
  resume(stdin: number): void {
    this.#suspended = false
    this.#open = this.#abandoned ? 0 : this.#outputs.length
    let known = stdin - this.#taken
    for (const piece of this.#unread) {
      const payload = piece.subarray(Math.min(known, piece.length))
      known -= piece.length - payload.length
      if (payload.length > 0) void this.#send(FRAME.input, { payload })
    }
    if (this.#inputClosed) void this.#send(FRAME.inputEnd)
    for (const payload of this.#signals.splice(0)) void this.#send(FRAME.kill, { payload })
    if (this.#abandoned) void this.#send(FRAME.abandon)
    for (const output of this.#outputs) output.tell()
  }

  /** Its daemon is gone, and it went with it. */
  endAsKilled(): void {
    this.#ending.resolve({ exitCode: null, signal: 'SIGKILL' })
    this.#endAll(null)
  }

  fail(error: unknown): void {
    this.#ending.reject(error)
    this.#endAll(error)
  }

  #endAll(error: unknown): void {
    this.#hasEnded = true
    this.#open = 0
    for (const { queue } of this.#outputs) queue.end(error)
    this.#closeInput()
    this.#checkOver()
  }

  #closeInput(): void {
    this.#inputClosed = true
    for (const proceed of this.#room.splice(0)) proceed()
  }

  #forgetInput(taken: number): void {
    while (this.#taken < taken) {
      const [first] = this.#unread
      if (first === undefined) break
      const used = Math.min(first.length, taken - this.#taken)
      this.#taken += used
      if (used === first.length) this.#unread.shift()
      else this.#unread[0] = first.subarray(used)
    }
  }

  #checkOver(): void {
    if (this.#hasEnded && this.#open <= 0) this.#onOver()
  }
}
