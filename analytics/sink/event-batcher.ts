/** One chunk as it is inserted, and the message it came in. */
export interface PendingChunk<Source> {
  readonly source: Source
  /** Lines of JSONEachRow. */
  readonly lines: Buffer
  readonly rows: number
}

export interface BatchLimits {
  readonly rows: number
  /** Of JSON. */
  readonly bytes: number
  /** From one write to the next, unless the batch is full before. */
  readonly ageMs: number
}

/** Large and rare enough that the engine merges little, young enough that a result hardly waits. */
export const BATCH_LIMITS: BatchLimits = { rows: 50_000, bytes: 32 * 1024 * 1024, ageMs: 1_000 }

/**
 * Gathers chunks until a batch is large or the last one is old enough, and writes one batch at a
 * time: while one is written the next fills, and when that is full too, {@link add} waits. Memory
 * holds two batches. A chunk that comes after a pause is written at once.
 */
export class EventBatcher<Source> implements AsyncDisposable {
  readonly #write: (batch: readonly PendingChunk<Source>[]) => Promise<void>
  readonly #limits: BatchLimits
  #pending: PendingChunk<Source>[] = []
  #rows = 0
  #bytes = 0
  #timer: NodeJS.Timeout | undefined
  #busy = false
  #lastAt = Number.NEGATIVE_INFINITY
  #writing: Promise<void> = Promise.resolve()

  /** @param write must not throw: what becomes of a batch that failed is its own business. */
  constructor(
    write: (batch: readonly PendingChunk<Source>[]) => Promise<void>,
    limits: BatchLimits = BATCH_LIMITS,
  ) {
    this.#write = write
    this.#limits = limits
  }

  async add(chunk: PendingChunk<Source>): Promise<void> {
    this.#pending.push(chunk)
    this.#rows += chunk.rows
    this.#bytes += chunk.lines.length
    this.#timer ??= setTimeout(() => void this.#writeNext(), this.#pauseMs())
    const full = this.#rows >= this.#limits.rows || this.#bytes >= this.#limits.bytes
    if (full) await this.#writeNext()
  }

  /** Resolves when all that was added has been written. */
  async flush(): Promise<void> {
    await this.#writeNext()
    await this.#writing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.flush()
  }

  #pauseMs(): number {
    return Math.max(0, this.#lastAt + this.#limits.ageMs - performance.now())
  }

  /** Waits for its turn and starts to write; does not wait for the end of it. */
  async #writeNext(): Promise<void> {
    while (this.#busy) await this.#writing
    clearTimeout(this.#timer)
    this.#timer = undefined
    const batch = this.#pending
    if (batch.length === 0) return
    this.#pending = []
    this.#rows = 0
    this.#bytes = 0
    this.#busy = true
    this.#lastAt = performance.now()
    this.#writing = this.#write(batch).finally(() => {
      this.#busy = false
    })
  }
}
