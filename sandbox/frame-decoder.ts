import { Failure } from '../core/failure.ts'

export type OutputStream = 'stdout' | 'stderr'

const HEADER_BYTES = 8

/**
 * Takes Docker's multiplexed stream apart: frames of 8 bytes of header (stream, three zeros, size
 * as a big-endian 32-bit number) and a payload. Payloads are passed on as they come, never
 * gathered, so its memory does not grow with a frame.
 *
 * @see Docker Engine API, "Attach to a container", stream format.
 */
export class FrameDecoder {
  readonly #header = Buffer.alloc(HEADER_BYTES)
  #headerBytes = 0
  #payloadLeft = 0
  readonly #onPayload: (stream: OutputStream, bytes: Uint8Array) => void

  constructor(onPayload: (stream: OutputStream, bytes: Uint8Array) => void) {
    this.#onPayload = onPayload
  }

  /** @throws Failure `sandbox.lost` on bytes that are no frame. */
  push(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#payloadLeft === 0) {
        const taken = chunk.copy(this.#header, this.#headerBytes, at)
        at += taken
        this.#headerBytes += taken
        if (this.#headerBytes < HEADER_BYTES) return
        this.#headerBytes = 0
        this.#payloadLeft = this.#header.readUInt32BE(4)
        this.#checkHeader()
        continue
      }
      const end = Math.min(chunk.length, at + this.#payloadLeft)
      this.#onPayload(this.#header[0] === 2 ? 'stderr' : 'stdout', chunk.subarray(at, end))
      this.#payloadLeft -= end - at
      at = end
    }
  }

  #checkHeader(): void {
    const [stream = 0, ...zeros] = this.#header.subarray(0, 4)
    if (stream <= 2 && zeros.every((byte) => byte === 0)) return
    throw new Failure('sandbox.lost', "Docker's stream of a command's output is damaged.")
  }
}
