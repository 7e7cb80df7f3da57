import { Failure } from '../../core/failure.ts'
import type { ChunkHeader, TrajectoryEvent } from '../../core/trajectory.ts'
import { clickHouseTime } from '../clickhouse-time.ts'

/**
 * Rows of the table `events`, as lines of JSONEachRow. A chunk always gives the same bytes. Half of
 * a character that takes two (an agent's output may be cut anywhere) becomes U+FFFD, since the
 * engine takes only well-formed text.
 *
 * @param written the events as the recorder wrote them, where that is at hand: most of a row is then
 *   copied, which takes a fraction of writing its JSON anew.
 * @throws Failure `input.invalid` on numbers that the columns do not hold; the engine would wrap
 * them around, onto the key of another event.
 */
export function eventLines(
  { sweep, trial, attempt, lastSeq }: Omit<ChunkHeader, 'chunk' | 'firstSeq' | 'sha256'>,
  events: readonly TrajectoryEvent[],
  written: readonly Buffer[] = [],
): Buffer {
  if (attempt > MAX_UINT16 || lastSeq > MAX_UINT32) {
    throw new Failure('input.invalid', `Attempt ${attempt} or event ${lastSeq} is out of range.`, {
      facts: { trial, attempt, lastSeq },
    })
  }
  const key = `{"sweep_id":"${sweep}","trial_id":"${trial}","attempt":${attempt},"seq":`
  const pieces: Buffer[] = []
  for (const [index, event] of events.entries()) {
    pieces.push(Buffer.from(`${key}${event.seq},"ts":"${clickHouseTime(event.ts)}",`, 'latin1'))
    pieces.push(copiedRest(event, written[index]) ?? restOf(event), NEWLINE)
  }
  return Buffer.concat(pieces)
}

/**
 * The columns from `kind` on, as they were written: the engine keeps the object `meta` as its text.
 * Null when they must be written anew, for half characters or for another order than the recorder's.
 */
function copiedRest({ seq, ts, kind }: TrajectoryEvent, line: Buffer | undefined): Buffer | null {
  if (line === undefined || line.includes(HALF_CHARACTER)) return null
  const columns = `"kind":"${kind}","turn":`
  const head = `{"seq":${seq},"ts":"${ts}",${columns}`
  if (line.toString('latin1', 0, head.length) !== head) return null
  return line.subarray(head.length - columns.length)
}

function restOf({ kind, turn, tool, body, meta }: TrajectoryEvent): Buffer {
  const wellFormed = { tool: tool.toWellFormed(), body: body.toWellFormed() }
  const columns = { kind, turn, ...wellFormed, meta: JSON.stringify(meta) }
  return Buffer.from(JSON.stringify(columns).slice(1))
}

const NEWLINE = Buffer.from('\n')
/** How JSON begins the escape of one, and of nothing that is well-formed. */
const HALF_CHARACTER = Buffer.from('\\ud')
const MAX_UINT16 = 2 ** 16 - 1
const MAX_UINT32 = 2 ** 32 - 1
