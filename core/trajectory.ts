import { hash } from 'node:crypto'
import { promisify } from 'node:util'
import {
  constants,
  zstdCompress,
  zstdCompressSync,
  zstdDecompress,
  zstdDecompressSync,
} from 'node:zlib'
import { z } from 'zod'
import { Failure } from './failure.ts'
import { isSweepId, isTrialId, type SweepId, type TrialId } from './ids.ts'
import { storedBytes, storedFrame } from './zstd-frame.ts'

/**
 * What a step of a trajectory is.
 * `phase` the harness moved on; `message` text of the agent or to it; `tool-call`, `tool-result` one
 * use of a tool; `output` what a command printed; `model-call` one call of a model, by the gateway;
 * `model-part` a piece of its request or answer, kept once however many calls repeat it; `note` a
 * fact of the harness (a limit hit, bytes dropped); `error` what went wrong.
 */
export const EVENT_KINDS = [
  'phase',
  'message',
  'tool-call',
  'tool-result',
  'output',
  'model-call',
  'model-part',
  'note',
  'error',
] as const
export type EventKind = (typeof EVENT_KINDS)[number]

/** One step of a trajectory, as it is spooled, published and stored. */
export interface TrajectoryEvent {
  /** From 0, without gaps, given when the event is spooled. */
  readonly seq: number
  /** ISO 8601 with milliseconds, the node's clock. Order is `seq`, never this. */
  readonly ts: string
  readonly kind: EventKind
  /** The agent's turn, from 1; 0 outside of turns. */
  readonly turn: number
  /** The tool of a `tool-call` or `tool-result`, the phase of a `phase`; else empty. */
  readonly tool: string
  readonly body: string
  readonly meta: Readonly<Record<string, string | number | boolean>>
}

/** Which attempt a chunk belongs to, and which events it holds. */
export interface ChunkHeader {
  readonly sweep: SweepId
  readonly trial: TrialId
  readonly attempt: number
  /** From 0, without gaps. */
  readonly chunk: number
  readonly firstSeq: number
  readonly lastSeq: number
  /** Hex sha256 of the uncompressed NDJSON. */
  readonly sha256: string
}

/** The unit of spooling and publishing: some events of one attempt as zstd-compressed NDJSON. */
export interface Chunk {
  readonly header: ChunkHeader
  readonly body: Uint8Array
}

/** The JetStream stream of chunks, and the subject of one attempt's chunks in it. */
export const TRAJECTORY_STREAM = 'SBENCH_TRAJECTORIES'
export const TRAJECTORY_SUBJECTS = 'sbench.trajectory.>'
export const trajectorySubject = (node: string, { sweep, trial, attempt }: ChunkHeader): string =>
  `sbench.trajectory.${node}.${sweep}.${trial}.${attempt}`

/** The same chunk has the same id for ever: JetStream drops what it saw in its window. */
export const chunkMessageId = ({ trial, attempt, chunk }: ChunkHeader): string =>
  `${trial}:${attempt}:${chunk}`

/** Where a worker asks which of its finished spools ClickHouse holds whole. */
export const HELD_SUBJECT = 'sbench.sink.held'
export interface HeldQuestion {
  readonly attempts: readonly { trial: TrialId; attempt: number; events: number }[]
}
export interface HeldAnswer {
  /** In the order of the question. */
  readonly held: readonly boolean[]
}

const NEWLINE = 10
const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)
const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }
/** Stored as it is, see {@link storedFrame}. */
const STORED_BYTES = 8 * 1024
/** Compressed in a tenth of a millisecond: sooner than another thread has begun. */
const SMALL_BYTES = 32 * 1024
/** The same for what is compressed: seldom more than a fifth of its text. */
const SMALL_PACKED_BYTES = 8 * 1024

/** A chunk may not unpack to more than this; workers cut at 256 KiB, one event holds at most 1 MiB. */
export const MAX_CHUNK_BYTES = 4 * 1024 * 1024

export async function encodeChunk(
  attempt: Pick<ChunkHeader, 'sweep' | 'trial' | 'attempt' | 'chunk'>,
  lines: readonly string[],
  firstSeq: number,
): Promise<Chunk> {
  const text = bytesOf(lines)
  const header = {
    ...attempt,
    firstSeq,
    lastSeq: firstSeq + lines.length - 1,
    sha256: hash('sha256', text),
  }
  return { header, body: await packed(text) }
}

async function packed(text: Buffer): Promise<Buffer> {
  if (text.length <= STORED_BYTES) return storedFrame(text)
  if (text.length <= SMALL_BYTES) return zstdCompressSync(text, LEVEL)
  return await compress(text, LEVEL)
}

/** Each line once: long ones are long, and many attempts write at the same time. */
function bytesOf(lines: readonly string[]): Buffer {
  const bytes = Buffer.allocUnsafe(
    lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0),
  )
  let at = 0
  for (const line of lines) {
    at += bytes.write(line, at)
    at += bytes.write('\n', at)
  }
  return bytes
}

/**
 * The events of a chunk.
 *
 * @throws Failure `input.invalid` when body and header disagree: a poison chunk.
 */
export async function decodeChunk(chunk: Chunk): Promise<readonly TrajectoryEvent[]> {
  return eventsInText(await chunkText(chunk), chunk.header)
}

/**
 * What a chunk holds: an event a line of JSON, each with its end. The bytes are those that the recorder
 * signed; what is in them is not read.
 *
 * @throws Failure `input.invalid` when the body is not the header's.
 */
export async function chunkText({ header, body }: Chunk): Promise<Buffer> {
  const text = await unpack(body)
  const sha256 = hash('sha256', text)
  if (sha256 !== header.sha256) throw poison(header, 'its bytes do not match its sha256')
  return text
}

/** The events of a {@link chunkText}. @throws Failure `input.invalid` when they are not those of the header. */
export function eventsInText(text: Buffer, header: ChunkHeader): readonly TrajectoryEvent[] {
  const lines = [...linesIn(text)]
  const wanted = header.lastSeq - header.firstSeq + 1
  if (lines.length !== wanted) throw poison(header, NOT_ITS_RANGE)
  return lines.map((line, index) => {
    const event = eventOf(line, header)
    assertPlace(event.seq, index, header)
    return event
  })
}

/** @throws Failure `input.invalid` when an event is not the one that the chunk has at that place. */
export function assertPlace(seq: number, index: number, header: ChunkHeader): void {
  if (seq !== header.firstSeq + index) throw poison(header, NOT_ITS_RANGE)
}

const NOT_ITS_RANGE = 'its events are not its range'

function* linesIn(text: Buffer): Generator<Buffer> {
  for (let start = 0, end = 0; start < text.length; start = end + 1) {
    end = text.indexOf(NEWLINE, start)
    if (end < 0) return
    yield text.subarray(start, end)
  }
}

async function unpack(body: Uint8Array): Promise<Buffer> {
  const limits = { maxOutputLength: MAX_CHUNK_BYTES }
  const stored = storedBytes(body)
  if (stored !== null) return stored
  try {
    if (body.length <= SMALL_PACKED_BYTES) return zstdDecompressSync(body, limits)
    return await decompress(body, limits)
  } catch (cause) {
    throw new Failure('input.invalid', 'A chunk cannot be decompressed.', { cause })
  }
}

const KINDS: ReadonlySet<unknown> = new Set(EVENT_KINDS)
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/** By hand: each of millions of events passes here, and a schema takes twice as long as its JSON. */
export function isTrajectoryEvent(value: unknown): value is TrajectoryEvent {
  if (typeof value !== 'object' || value === null) return false
  const { seq, ts, kind, turn, tool, body, meta } = value as Record<string, unknown>
  return (
    isCount(seq) &&
    isCount(turn) &&
    typeof ts === 'string' &&
    INSTANT.test(ts) &&
    KINDS.has(kind) &&
    typeof tool === 'string' &&
    typeof body === 'string' &&
    isMeta(meta)
  )
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0

function isMeta(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  for (const name in value) {
    const type = typeof (value as Record<string, unknown>)[name]
    if (type !== 'string' && type !== 'number' && type !== 'boolean') return false
  }
  return true
}

/** @throws Failure `input.invalid` when the line is no event. */
function eventOf(line: Buffer, header: ChunkHeader): TrajectoryEvent {
  let value: unknown
  try {
    value = JSON.parse(line.toString('utf8'))
  } catch (cause) {
    throw poison(header, 'it holds a line that is no event', cause)
  }
  if (!isTrajectoryEvent(value)) throw poison(header, 'it holds a line that is no event')
  const { seq, ts, kind, turn, tool, body, meta } = value
  return { seq, ts, kind, turn, tool, body, meta }
}

function poison({ trial, attempt, chunk }: ChunkHeader, why: string, cause?: unknown): Failure {
  const message = `Chunk ${chunk} of attempt ${attempt} of trial ${trial} is damaged: ${why}.`
  return new Failure('input.invalid', message, { facts: { trial, attempt, chunk }, cause })
}

/** The NATS header that carries a chunk's {@link ChunkHeader} as JSON. */
export const CHUNK_HEADER_NAME = 'Sbench-Chunk'

const headerSchema = z.object({
  sweep: z.string().refine(isSweepId),
  trial: z.string().refine(isTrialId),
  attempt: z.number().int().positive(),
  chunk: z.number().int().nonnegative(),
  firstSeq: z.number().int().nonnegative(),
  lastSeq: z.number().int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})

/** @throws ZodError on a header that no worker of ours wrote. */
export function parseChunkHeader(text: string): ChunkHeader {
  return headerSchema.parse(JSON.parse(text))
}
