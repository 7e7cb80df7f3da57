import type { WritePace } from './write-pace.ts'

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
}

export const BATCH_LIMITS: BatchLimits = { rows: 50_000, bytes: 32 * 1024 * 1024 }

/**
 * Gathers chunks until a batch is large or its pace allows the next, and writes one batch at a
 * time: while one is written the next fills, and when that is full too, {@link add} waits. Memory
 * holds two batches. A chunk that comes after a pause is written at once.
 */
export class EventBatcher<Source> implements AsyncDisposable {
  readonly #pace: Pick<WritePace, 'rest'>
  readonly #write: (batch: readonly PendingChunk<Source>[]) => Promise<void>
  readonly #limits: BatchLimits
  #pending: PendingChunk<Source>[] = []
  #rows = 0
  #bytes = 0
  #resting: AbortController | undefined
  #busy = false
  #lastAt = Number.NEGATIVE_INFINITY
  #writing: Promise<void> = Promise.resolve()

  /** @param write must not throw: what becomes of a batch that failed is its own business. */
  constructor(
    pace: Pick<WritePace, 'rest'>,
    write: (batch: readonly PendingChunk<Source>[]) => Promise<void>,
    limits: BatchLimits = BATCH_LIMITS,
  ) {
    this.#pace = pace
    this.#write = write
    this.#limits = limits
  }

  async add(chunk: PendingChunk<Source>): Promise<void> {
    this.#pending.push(chunk)
    this.#rows += chunk.rows
    this.#bytes += chunk.lines.length
    if (this.#resting === undefined) void this.#writeRested()
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

  async #writeRested(): Promise<void> {
    const resting = new AbortController()
    this.#resting = resting
    await this.#pace.rest(this.#lastAt, resting.signal)
    if (!resting.signal.aborted) await this.#writeNext()
  }

  /** Waits for its turn and starts to write; does not wait for the end of it. */
  async #writeNext(): Promise<void> {
    while (this.#busy) await this.#writing
    this.#resting?.abort()
    this.#resting = undefined
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
