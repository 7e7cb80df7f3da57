import { Failure } from '../../core/failure.ts'
import {
  assertPlace,
  type Chunk,
  type ChunkHeader,
  chunkLines,
  EVENT_KINDS,
  eventOf,
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
 * head is read, since to parse millions of events costs the sink a third of its time. A line with
 * another head, or with half a character, is parsed and written anew. What the engine cannot read of
 * the rest it refuses, and the chunk is parked then.
 *
 * @throws Failure `input.invalid` when body and header disagree, and as {@link eventLines} does.
 */
export async function chunkRows(chunk: Chunk): Promise<EventRows> {
  const { header } = chunk
  assertInRange(header)
  const key = keyOf(header)
  const lines = await chunkLines(chunk)
  const pieces: Buffer[] = []
  for (const [index, line] of lines.entries()) {
    const head = line.includes(HALF_CHARACTER) ? null : headOf(line)
    if (head === null) {
      const event = eventOf(line, header)
      assertPlace(event.seq, index, header)
      pieces.push(startOf(key, event), restOf(event), NEWLINE)
    } else {
      assertPlace(head.seq, index, header)
      pieces.push(startOf(key, head), line.subarray(head.bytes), NEWLINE)
    }
  }
  return { lines: Buffer.concat(pieces), rows: lines.length }
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
  return Buffer.concat(events.flatMap((event) => [startOf(key, event), restOf(event), NEWLINE]))
}

function assertInRange({ trial, attempt, lastSeq }: Attempt): void {
  if (attempt <= MAX_UINT16 && lastSeq <= MAX_UINT32) return
  throw new Failure('input.invalid', `Attempt ${attempt} or event ${lastSeq} is out of range.`, {
    facts: { trial, attempt, lastSeq },
  })
}

const keyOf = ({ sweep, trial, attempt }: Attempt): string =>
  `{"sweep_id":"${sweep}","trial_id":"${trial}","attempt":${attempt},"seq":`

const startOf = (key: string, { seq, ts }: Pick<TrajectoryEvent, 'seq' | 'ts'>): Buffer =>
  Buffer.from(`${key}${seq},"ts":"${clickHouseTime(ts)}",`, 'latin1')

interface Head extends Pick<TrajectoryEvent, 'seq' | 'ts'> {
  /** Before the columns from `kind` on, which the engine reads as they are: it keeps `meta` as its text. */
  readonly bytes: number
}

/** Null when the recorder did not write the line. */
function headOf(line: Buffer): Head | null {
  const found = HEAD.exec(line.toString('latin1', 0, HEAD_BYTES))
  if (found === null) return null
  const [, start = '', seq, ts = ''] = found
  return { seq: Number(seq), ts, bytes: start.length }
}

function restOf({ kind, turn, tool, body, meta }: TrajectoryEvent): Buffer {
  const wellFormed = { tool: tool.toWellFormed(), body: body.toWellFormed() }
  const columns = { kind, turn, ...wellFormed, meta: JSON.stringify(meta) }
  return Buffer.from(JSON.stringify(columns).slice(1))
}

const TIME = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z'
const HEAD = new RegExp(
  `^(\\{"seq":(\\d{1,10}),"ts":"(${TIME})",)"kind":"(?:${EVENT_KINDS.join('|')})","turn":\\d{1,9},"tool":"`,
)
/** As long as a head may be. */
const HEAD_BYTES = 120
const NEWLINE = Buffer.from('\n')
/** How JSON begins the escape of one, and of nothing that is well-formed. */
const HALF_CHARACTER = Buffer.from('\\ud')
const MAX_UINT16 = 2 ** 16 - 1
const MAX_UINT32 = 2 ** 32 - 1
