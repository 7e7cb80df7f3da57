/**
 * What travels between this process and the daemon in a sandbox: a hello each way, then frames of
 * sixteen bytes of header and a payload. The other half is `native/wire.h`.
 */
export const MAGIC = Buffer.from('SBRUN01\n')
/** The daemon's hello: the magic, and eight bytes that name this very daemon. */
export const HELLO_BYTES = 16

export const HEADER_BYTES = 16
/** Bytes of each output stream that may be under way or unread: more holds the command up. */
export const OUTPUT_WINDOW = 1024 * 1024
/** Bytes that may be written to a command before it reads them. */
export const INPUT_WINDOW = 256 * 1024
export const MAX_INPUT_PAYLOAD = 64 * 1024
/** A command's words and environment together. */
export const MAX_PAYLOAD = 4 * 1024 * 1024

export const FRAME = {
  start: 1,
  input: 2,
  inputEnd: 3,
  ack: 4,
  kill: 5,
  abandon: 6,
  adopt: 7,
  started: 64,
  refused: 65,
  output: 66,
  outputEnd: 67,
  ended: 68,
  inputAck: 69,
  adopted: 70,
  unknown: 71,
  taken: 72,
} as const

export interface Frame {
  readonly type: number
  /** 0 standard output, 1 standard error. */
  readonly stream: number
  /** Of the command. */
  readonly id: bigint
  readonly payload: Buffer
}

const EMPTY = Buffer.alloc(0)

export function encodeFrame(
  type: number,
  id: bigint,
  { stream = 0, payload = EMPTY }: { readonly stream?: number; readonly payload?: Uint8Array } = {},
): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + payload.length)
  frame.writeUInt32LE(payload.length, 0)
  frame.writeUInt8(type, 4)
  frame.writeUInt8(stream, 5)
  frame.writeUInt16LE(0, 6)
  frame.writeBigUInt64LE(id, 8)
  frame.set(payload, HEADER_BYTES)
  return frame
}

export interface CommandLine {
  /** Empty for the folder in which the container starts. */
  readonly folder: string
  readonly words: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** The payload of a start. @returns null for a NUL within a string, which no system call can take. */
export function encodeStart({ folder, words, env }: CommandLine): Buffer | null {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`)
  const strings = [folder, ...words, ...variables]
  if (strings.some((text) => text.includes('\0'))) return null
  const counts = Buffer.alloc(8)
  counts.writeUInt32LE(words.length, 0)
  counts.writeUInt32LE(variables.length, 4)
  return Buffer.concat([counts, Buffer.from(`${strings.join('\0')}\0`)])
}

export function encodePlace(place: number): Buffer {
  const payload = Buffer.alloc(8)
  payload.writeBigUInt64LE(BigInt(place))
  return payload
}

export const readPlace = (payload: Buffer, at: number) => Number(payload.readBigUInt64LE(at))

/** Where what was read goes. Output is passed on in pieces as it comes; other frames are short. */
export interface FrameReceiver {
  hello(daemon: string): void
  frame(frame: Frame): void
  output(id: bigint, stream: number, bytes: Buffer): void
}

/** Payloads of other frames than output. */
const MAX_SHORT_PAYLOAD = 4 * 1024

/** Reads a daemon's bytes, however they are cut. */
export class FrameReader {
  readonly #receiver: FrameReceiver
  #rest: Buffer = EMPTY
  #greeted = false
  #output: { readonly id: bigint; readonly stream: number; left: number } | null = null

  constructor(receiver: FrameReceiver) {
    this.#receiver = receiver
  }

  /** @throws Error on bytes that no daemon of ours sends. */
  push(chunk: Buffer): void {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    this.#rest = EMPTY
    for (;;) {
      const taken = this.#takeOne(bytes)
      if (taken === 0) break
      bytes = bytes.subarray(taken)
    }
    // A copy: what is kept of a chunk would keep the whole chunk.
    this.#rest = Buffer.from(bytes)
  }

  /** @returns how many bytes were used; 0 when more must come. */
  #takeOne(bytes: Buffer): number {
    if (!this.#greeted) return this.#takeHello(bytes)
    if (this.#output !== null) return this.#takeOutput(bytes, this.#output)
    if (bytes.length < HEADER_BYTES) return 0
    const length = bytes.readUInt32LE(0)
    const type = bytes.readUInt8(4)
    const stream = bytes.readUInt8(5)
    const id = bytes.readBigUInt64LE(8)
    const isOutput = type === FRAME.output
    if (stream > 1 || length > (isOutput ? MAX_PAYLOAD : MAX_SHORT_PAYLOAD)) {
      throw new Error(`a frame of type ${type} with ${length} bytes`)
    }
    if (isOutput) {
      this.#output = length === 0 ? null : { id, stream, left: length }
      return HEADER_BYTES
    }
    const end = HEADER_BYTES + length
    if (bytes.length < end) return 0
    this.#receiver.frame({ type, stream, id, payload: bytes.subarray(HEADER_BYTES, end) })
    return end
  }

  #takeHello(bytes: Buffer): number {
    const start = bytes.subarray(0, MAGIC.length)
    if (!MAGIC.subarray(0, start.length).equals(start)) throw new Error('it speaks otherwise')
    if (bytes.length < HELLO_BYTES) return 0
    this.#greeted = true
    this.#receiver.hello(bytes.toString('hex', MAGIC.length, HELLO_BYTES))
    return HELLO_BYTES
  }

  #takeOutput(bytes: Buffer, output: { id: bigint; stream: number; left: number }): number {
    const piece = bytes.subarray(0, output.left)
    if (piece.length === 0) return 0
    output.left -= piece.length
    if (output.left === 0) this.#output = null
    this.#receiver.output(output.id, output.stream, piece)
    return piece.length
  }
}
