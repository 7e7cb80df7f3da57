import type { SweepId, TrialId } from '../../core/ids.ts'
import {
  type Chunk,
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

export interface RecorderOptions {
  readonly sweep: SweepId
  readonly trial: TrialId
  readonly attempt: number
  /** Makes a chunk durable; called for one chunk at a time, in order. */
  readonly keep: (chunk: Chunk) => Promise<void>
}

/**
 * Numbers and dates the events of one attempt and cuts them into chunks: by size, count and age,
 * and when a phase ends. An event counts as recorded once its chunk is kept.
 */
export class Recorder implements AsyncDisposable {
  readonly #options: RecorderOptions
  #seq = 0
  #chunk = 0
  #lines: string[] = []
  #bytes = 0
  #kept: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout | null = null
  #failure: unknown = null

  constructor(options: RecorderOptions) {
    this.#options = options
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

  /** Resolves when all that was recorded is kept. @throws what `keep` threw, ever. */
  async flush(): Promise<void> {
    this.#cut()
    await this.#kept
    if (this.#failure !== null) throw this.#failure
  }

  /** Flushes for the last time. @returns how many events there are. */
  async close(): Promise<number> {
    await this.flush()
    return this.#seq
  }

  #cut(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#lines.length === 0) return
    const { sweep, trial, attempt, keep } = this.#options
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
        await keep(await encodeChunk(chunk, lines, firstSeq))
      } catch (error) {
        this.#failure = error
      }
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#cut()
    await this.#kept
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
