/** A line is cut after so many bytes, so that an agent cannot make the worker hold more. */
const MAX_LINE_BYTES = 8 * 1024 * 1024

/** Cuts a stream of bytes into lines of text. */
export class LineReader {
  private pieces: Uint8Array[] = []
  private held = 0
  private dropped = 0

  /** @param rest what an earlier reader of the same stream had {@link rest}. */
  constructor(rest: Uint8Array = new Uint8Array()) {
    this.hold(rest)
  }

  /** The lines that end in these bytes. */
  push(bytes: Uint8Array): string[] {
    const lines: string[] = []
    let from = 0
    for (;;) {
      const end = bytes.indexOf(NEWLINE, from)
      if (end === -1) break
      this.hold(bytes.subarray(from, end))
      lines.push(this.takeLine())
      from = end + 1
    }
    this.hold(bytes.subarray(from))
    return lines
  }

  /** What has come of a line that has not ended. */
  get rest(): Uint8Array {
    return Buffer.concat(this.pieces)
  }

  /** The last line, when it has no end. */
  end(): string[] {
    return this.held === 0 ? [] : [this.takeLine()]
  }

  private hold(bytes: Uint8Array): void {
    const kept = bytes.subarray(0, Math.max(0, MAX_LINE_BYTES - this.held))
    this.dropped += bytes.length - kept.length
    this.held += kept.length
    if (kept.length > 0) this.pieces.push(kept)
  }

  private takeLine(): string {
    const line = Buffer.concat(this.pieces).toString('utf8').replace(/\r$/, '')
    const cut = this.dropped === 0 ? '' : ` [${this.dropped} bytes left out]`
    this.pieces = []
    this.held = 0
    this.dropped = 0
    return line + cut
  }
}

const NEWLINE = 0x0a
