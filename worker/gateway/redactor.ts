const PUT_INSTEAD = '[redacted]'
/** Anything shorter is no key, and would be found everywhere. */
const SHORTEST_SECRET = 8

/** Takes secrets out of all that leaves the gateway: errors, logs, recordings, and answers as they pass. */
export class Redactor {
  readonly #secrets = new Set<string>()

  add(secret: string | null): void {
    if (secret !== null && secret.length >= SHORTEST_SECRET) this.#secrets.add(secret)
  }

  text(text: string): string {
    let clean = text
    for (const secret of this.#secrets) clean = clean.replaceAll(secret, PUT_INSTEAD)
    return clean
  }

  /** For one answer that passes in pieces, cut anywhere. */
  stream(): RedactedStream {
    return new RedactedStream([...this.#secrets].map((secret) => Buffer.from(secret)))
  }
}

/** Holds a piece's end back only while it may be the beginning of a secret. */
export class RedactedStream {
  readonly #secrets: readonly Buffer[]
  #held: Buffer = Buffer.alloc(0)

  constructor(secrets: readonly Buffer[]) {
    this.#secrets = secrets
  }

  push(piece: Uint8Array): Uint8Array {
    if (this.#secrets.length === 0) return piece
    const bytes =
      this.#held.length === 0
        ? Buffer.from(piece.buffer, piece.byteOffset, piece.length)
        : Buffer.concat([this.#held, piece])
    const clean = this.#clean(bytes)
    const keep = this.#beginningAtEnd(clean)
    this.#held = clean.subarray(clean.length - keep)
    return clean.subarray(0, clean.length - keep)
  }

  end(): Uint8Array {
    return this.#held
  }

  #clean(bytes: Buffer): Buffer {
    let clean = bytes
    for (const secret of this.#secrets) {
      for (let at = clean.indexOf(secret); at !== -1; at = clean.indexOf(secret, at)) {
        const rest = clean.subarray(at + secret.length)
        clean = Buffer.concat([clean.subarray(0, at), Buffer.from(PUT_INSTEAD), rest])
      }
    }
    return clean
  }

  /** How many bytes at the end could be the start of a secret. */
  #beginningAtEnd(bytes: Buffer): number {
    let longest = 0
    for (const secret of this.#secrets) {
      const most = Math.min(secret.length - 1, bytes.length)
      for (let length = most; length > longest; length -= 1) {
        if (bytes.subarray(bytes.length - length).equals(secret.subarray(0, length)))
          longest = length
      }
    }
    return longest
  }
}
