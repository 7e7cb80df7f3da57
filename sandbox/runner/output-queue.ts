/**
 * Output between whoever sends it and the one who reads it. The sender is told how much has been
 * read: a piece counts when the next is asked for, since only then has the reader dealt with it.
 */
export class OutputQueue implements AsyncIterable<Uint8Array> {
  readonly #pieces: Uint8Array[] = []
  readonly #onRead: (bytes: number) => void
  #inHand = 0
  #queued = 0
  #ended = false
  #error: unknown = null
  #waiting: (() => void)[] = []

  /** @param onRead told of bytes that the reader has dealt with since it was told last. */
  constructor(onRead: (bytes: number) => void = () => undefined) {
    this.#onRead = onRead
  }

  /** Bytes that nobody has taken. */
  get queuedBytes(): number {
    return this.#queued
  }

  push(bytes: Uint8Array): void {
    if (this.#ended || bytes.length === 0) return
    this.#pieces.push(bytes)
    this.#queued += bytes.length
    this.#notify()
  }

  /** What is queued can still be read; then reading ends, or throws the error. */
  end(error: unknown = null): void {
    if (this.#ended) return
    this.#ended = true
    this.#error = error
    this.#notify()
  }

  /** Ends it, and what is queued with it. */
  drop(): void {
    this.#pieces.length = 0
    this.#queued = 0
    this.end()
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return {
      next: async () => {
        this.#settle()
        while (this.#pieces.length === 0 && !this.#ended) {
          await new Promise<void>((resolve) => this.#waiting.push(resolve))
        }
        const piece = this.#pieces.shift()
        if (piece === undefined) {
          if (this.#error !== null) throw this.#error
          return { done: true, value: undefined }
        }
        this.#queued -= piece.length
        this.#inHand = piece.length
        return { done: false, value: piece }
      },
      return: async () => {
        this.#settle()
        return { done: true, value: undefined }
      },
    }
  }

  #settle(): void {
    const read = this.#inHand
    this.#inHand = 0
    if (read > 0) this.#onRead(read)
  }

  #notify(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }
}
