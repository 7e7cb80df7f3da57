import { Failure } from '../../core/failure.ts'
import {
  assertPlace,
  type Chunk,
  type ChunkHeader,
  chunkText,
  EVENT_KINDS,
  eventsInText,
  type TrajectoryEvent,
} from '../../core/trajectory.ts'
import { clickHouseTime } from '../clickhouse-time.ts'

type Attempt = Pick<ChunkHeader, 'sweep' | 'trial' | 'attempt' | 'lastSeq'>

/** Rows of the table `events`, as lines of JSONEachRow. */
export interface EventRows {
  readonly lines: Buffer
  readonly rows: number
}

/**
 * The rows of a chunk. Nearly all of a row is copied from the line that the recorder wrote; only its
 * head is read, since to parse millions of events costs the sink a third of its time. A chunk with a
 * line of another head, or with half a character, is parsed and written anew. What the engine cannot
 * read of the rest it refuses, and the chunk is parked then.
 *
 * @throws Failure `input.invalid` when body and header disagree, and as {@link eventLines} does.
 */
export async function chunkRows(chunk: Chunk): Promise<EventRows> {
  const { header } = chunk
  assertInRange(header)
  const text = await chunkText(chunk)
  const lines = copiedRows(text, header) ?? eventLines(header, eventsInText(text, header))
  return { lines, rows: header.lastSeq - header.firstSeq + 1 }
}

/** Into one piece of memory: two for each of millions of events were two fifths of the work. */
function copiedRows(text: Buffer, header: ChunkHeader): Buffer | null {
  const wanted = header.lastSeq - header.firstSeq + 1
  if (wanted * SHORTEST_LINE > text.length || text.includes(HALF_CHARACTER)) return null
  const key = keyOf(header)
  // A row's head is longer than that of its line by less than the key.
  const rows = Buffer.allocUnsafe(text.length + wanted * key.length)
  let bytes = 0
  let start = 0
  for (let count = 0; count < wanted; count++) {
    const end = text.indexOf(NEWLINE, start)
    const head = end < 0 ? null : headOf(text, start, end)
    if (head === null) return null
    assertPlace(head.seq, count, header)
    bytes += rows.write(startOf(key, head), bytes, 'latin1')
    bytes += text.copy(rows, bytes, start + head.bytes, end + 1)
    start = end + 1
  }
  if (start < text.length) return null
  return rows.subarray(0, bytes)
}

/**
 * The rows of events. The same events always give the same bytes. Half of a character that takes two
 * (an agent's output may be cut anywhere) becomes U+FFFD, since the engine takes only well-formed text.
 *
 * @throws Failure `input.invalid` on numbers that the columns do not hold; the engine would wrap
 * them around, onto the key of another event.
 */
export function eventLines(attempt: Attempt, events: readonly TrajectoryEvent[]): Buffer {
  assertInRange(attempt)
  const key = keyOf(attempt)
  return Buffer.from(events.map((event) => `${startOf(key, event)}${restOf(event)}\n`).join(''))
}

function assertInRange({ trial, attempt, lastSeq }: Attempt): void {
  if (attempt <= MAX_UINT16 && lastSeq <= MAX_UINT32) return
  throw new Failure('input.invalid', `Attempt ${attempt} or event ${lastSeq} is out of range.`, {
    facts: { trial, attempt, lastSeq },
  })
}

const keyOf = ({ sweep, trial, attempt }: Attempt): string =>
  `{"sweep_id":"${sweep}","trial_id":"${trial}","attempt":${attempt},"seq":`

const startOf = (key: string, { seq, ts }: Pick<TrajectoryEvent, 'seq' | 'ts'>): string =>
  `${key}${seq},"ts":"${clickHouseTime(ts)}",`

interface Head extends Pick<TrajectoryEvent, 'seq' | 'ts'> {
  /** Before the columns from `kind` on, which the engine reads as they are: it keeps `meta` as its text. */
  readonly bytes: number
}

/** Null when the recorder did not write the line. */
function headOf(text: Buffer, start: number, end: number): Head | null {
  const found = HEAD.exec(text.toString('latin1', start, Math.min(end, start + HEAD_BYTES)))
  if (found === null) return null
  const [, head = '', seq, ts = ''] = found
  return { seq: Number(seq), ts, bytes: head.length }
}

function restOf({ kind, turn, tool, body, meta }: TrajectoryEvent): string {
  const wellFormed = { tool: tool.toWellFormed(), body: body.toWellFormed() }
  const columns = { kind, turn, ...wellFormed, meta: JSON.stringify(meta) }
  return JSON.stringify(columns).slice(1)
}

const TIME = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z'
const HEAD = new RegExp(
  `^(\\{"seq":(\\d{1,10}),"ts":"(${TIME})",)"kind":"(?:${EVENT_KINDS.join('|')})","turn":\\d{1,9},"tool":"`,
)
/** As long as a head may be. */
const HEAD_BYTES = 120
/** What a line with a whole head has at least. */
const SHORTEST_LINE = 64
const NEWLINE = 0x0a
/** How JSON begins the escape of one, and of nothing that is well-formed. */
const HALF_CHARACTER = Buffer.from('\\ud')
const MAX_UINT16 = 2 ** 16 - 1
const MAX_UINT32 = 2 ** 32 - 1
