import type { CappedText } from './sandbox.ts'

/**
 * Keeps the first and the last bytes of a stream and counts what lies between. Memory is the
 * limit, however much comes.
 */
export class CappedOutput {
  readonly #headLimit: number
  readonly #tailLimit: number
  readonly #head: Buffer[] = []
  #headBytes = 0
  /** The last bytes, as a ring that `#tailTotal` runs around in. */
  #tail: Buffer | null = null
  #tailTotal = 0

  constructor(limitBytes: number) {
    this.#headLimit = Math.ceil(limitBytes / 2)
    this.#tailLimit = Math.floor(limitBytes / 2)
  }

  push(bytes: Uint8Array): void {
    const room = this.#headLimit - this.#headBytes
    const forHead = bytes.subarray(0, room)
    if (forHead.length > 0) {
      this.#head.push(Buffer.from(forHead))
      this.#headBytes += forHead.length
    }
    this.#pushTail(bytes.subarray(forHead.length))
  }

  /** What is there so far, decoded as UTF-8; characters are never cut in two. */
  text(): CappedText {
    const head = Buffer.concat(this.#head)
    const dropped = Math.max(0, this.#tailTotal - this.#tailLimit)
    if (dropped === 0) {
      const tail = this.#tail?.subarray(0, this.#tailTotal) ?? Buffer.alloc(0)
      return { text: Buffer.concat([head, tail]).toString('utf8'), droppedBytes: 0 }
    }
    const start = head.subarray(0, lastBoundary(head))
    const whole = this.#wholeTail()
    const end = whole.subarray(firstBoundary(whole))
    const droppedBytes = dropped + head.length - start.length + whole.length - end.length
    const text = `${start.toString('utf8')}\n[${droppedBytes} bytes left out]\n${end.toString('utf8')}`
    return { text, droppedBytes }
  }

  #pushTail(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    if (this.#tailLimit > 0) {
      this.#tail ??= Buffer.allocUnsafe(this.#tailLimit)
      const skipped = Math.max(0, bytes.length - this.#tailLimit)
      const kept = bytes.subarray(skipped)
      const at = (this.#tailTotal + skipped) % this.#tailLimit
      const untilEnd = Math.min(kept.length, this.#tailLimit - at)
      this.#tail.set(kept.subarray(0, untilEnd), at)
      this.#tail.set(kept.subarray(untilEnd), 0)
    }
    this.#tailTotal += bytes.length
  }

  #wholeTail(): Buffer {
    if (this.#tail === null) return Buffer.alloc(0)
    const at = this.#tailTotal % this.#tailLimit
    return Buffer.concat([this.#tail.subarray(at), this.#tail.subarray(0, at)])
  }
}

const isContinuation = (byte: number | undefined) => byte !== undefined && (byte & 0xc0) === 0x80

/** Where the last character that may be cut begins, or the length when it is whole. */
function lastBoundary(bytes: Buffer): number {
  let start = bytes.length - 1
  while (start > 0 && bytes.length - start < 4 && isContinuation(bytes[start])) start -= 1
  const lead = bytes[start] ?? 0
  const size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1
  return start + size > bytes.length ? start : bytes.length
}

function firstBoundary(bytes: Buffer): number {
  let start = 0
  while (start < 3 && isContinuation(bytes[start])) start += 1
  return start
}
