import { setImmediate as afterIo } from 'node:timers/promises'
import type { SweepId, TrialId } from '../../core/ids.ts'
import {
  type Chunk,
  type ChunkHeader,
  type EventKind,
  encodeChunk,
  type TrajectoryEvent,
} from '../../core/trajectory.ts'
import type { NewEvent } from '../agents/agent.ts'

const CHUNK_BYTES = 256 * 1024
const CHUNK_EVENTS = 500
const CHUNK_AGE_MS = 5_000
/** Longer bodies keep their start and end; a fourth of a chunk, so that chunks stay small. */
const BODY_CHARS = 64 * 1024

/** What others put an attempt's events on record with. */
export interface EventRecorder<Event extends NewEvent = NewEvent> {
  /** In order. */
  record(event: Event): void
  /** Resolves when all that was recorded outlives this process. */
  flush(): Promise<void>
}

/** Where an attempt's chunks are kept. */
export interface ChunkLog {
  /** Writes a chunk behind the others: it outlives this process from then on. */
  append(chunk: Chunk): void
  /** Resolves when all that was appended before outlives the machine's fall, too. */
  sync(): Promise<void>
}

export interface RecorderOptions {
  readonly sweep: SweepId
  readonly trial: TrialId
  readonly attempt: number
  readonly log: ChunkLog
  /** Told of each chunk once it is synced, in order: it may leave the node then. */
  readonly synced?: (chunk: Chunk) => void
  /** The last chunk that an earlier process kept of the same attempt: numbers go on after it. */
  readonly after?: Pick<ChunkHeader, 'chunk' | 'lastSeq'>
}

/**
 * Numbers and dates the events of one attempt and cuts them into chunks: by size, count and age,
 * and when a phase ends. An event counts as recorded once its chunk is in the log; nobody else
 * hears of it before it is synced.
 */
export class Recorder implements EventRecorder, AsyncDisposable {
  readonly #options: RecorderOptions
  #seq = 0
  #chunk = 0
  #lines: string[] = []
  #bytes = 0
  #kept: Promise<void> = Promise.resolve()
  #nextFlush: Promise<void> | null = null
  #unsynced: Chunk[] = []
  #syncing: Promise<void> | null = null
  #timer: NodeJS.Timeout | null = null
  #failure: unknown = null

  constructor(options: RecorderOptions) {
    this.#options = options
    if (options.after !== undefined) {
      this.#seq = options.after.lastSeq + 1
      this.#chunk = options.after.chunk + 1
    }
  }

  record({ kind, turn = 0, tool = '', body = '', meta = {} }: NewEvent): void {
    const cut = isWhole(kind) ? { text: body, droppedChars: 0 } : shorten(body)
    const dropped = cut.droppedChars === 0 ? meta : { ...meta, droppedChars: cut.droppedChars }
    const ts = new Date().toISOString()
    const seq = this.#seq + this.#lines.length
    const event: TrajectoryEvent = { seq, ts, kind, turn, tool, body: cut.text, meta: dropped }
    const line = JSON.stringify(event)
    this.#lines.push(line)
    this.#bytes += Buffer.byteLength(line)
    if (this.#bytes >= CHUNK_BYTES || this.#lines.length >= CHUNK_EVENTS) this.#cut()
    this.#timer ??= setTimeout(() => this.#cut(), CHUNK_AGE_MS)
  }

  /**
   * Resolves when all that was recorded is in the log: it outlives this process. Flushes that come
   * while chunks are still on their way there share one more.
   *
   * @throws what the log threw, ever.
   */
  async flush(): Promise<void> {
    this.#nextFlush ??= this.#kept.then(() => {
      this.#nextFlush = null
      this.#cut()
      return this.#kept
    })
    await this.#nextFlush
    this.#throwFailure()
  }

  /** Flushes for the last time, and syncs. @returns how many events there are. */
  async close(): Promise<number> {
    await this.flush()
    await this.#syncing
    this.#throwFailure()
    return this.#seq
  }

  #cut(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#lines.length === 0) return
    const { sweep, trial, attempt } = this.#options
    const chunk = { sweep, trial, attempt, chunk: this.#chunk }
    const lines = this.#lines
    const firstSeq = this.#seq
    this.#chunk += 1
    this.#seq += lines.length
    this.#lines = []
    this.#bytes = 0
    this.#kept = this.#kept.then(async () => {
      if (this.#failure !== null) return
      try {
        this.#keep(await encodeChunk(chunk, lines, firstSeq))
      } catch (error) {
        this.#failure = error
      }
    })
  }

  #keep(chunk: Chunk): void {
    this.#options.log.append(chunk)
    this.#unsynced.push(chunk)
    this.#syncing ??= this.#sync()
  }

  /** Chunks that come while others are synced are synced together. Whoever waits for a flush goes first. */
  async #sync(): Promise<void> {
    const { log, synced } = this.#options
    try {
      while (this.#unsynced.length > 0) {
        await afterIo()
        const chunks = this.#unsynced
        this.#unsynced = []
        await log.sync()
        for (const chunk of chunks) synced?.(chunk)
      }
    } catch (error) {
      this.#failure ??= error
    }
    this.#syncing = null
  }

  #throwFailure(): void {
    if (this.#failure !== null) throw this.#failure
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#cut()
    await this.#kept
    await this.#syncing
  }
}

/** Calls of models come already cut to pieces that a chunk can hold, and must be read back whole. */
function isWhole(kind: EventKind): boolean {
  return kind === 'model-call' || kind === 'model-part'
}

function shorten(text: string): { text: string; droppedChars: number } {
  if (text.length <= BODY_CHARS) return { text, droppedChars: 0 }
  const half = BODY_CHARS / 2
  const droppedChars = text.length - BODY_CHARS
  const gap = `\n[… ${droppedChars} characters left out …]\n`
  return { text: text.slice(0, half) + gap + text.slice(-half), droppedChars }
}
