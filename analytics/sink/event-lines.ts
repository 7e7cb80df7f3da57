import { Failure } from '../../core/failure.ts'
import type { ChunkHeader, TrajectoryEvent } from '../../core/trajectory.ts'
import { clickHouseTime } from '../clickhouse-time.ts'

/**
 * Rows of the table `events`, as lines of JSONEachRow. A chunk always gives the same bytes. Half of
 * a character that takes two (an agent's output may be cut anywhere) becomes U+FFFD, since the
 * engine takes only well-formed text.
 *
 * @throws Failure `input.invalid` on numbers that the columns do not hold; the engine would wrap
 * them around, onto the key of another event.
 */
export function eventLines(
  { sweep, trial, attempt, lastSeq }: Omit<ChunkHeader, 'chunk' | 'firstSeq' | 'sha256'>,
  events: readonly TrajectoryEvent[],
): string {
  if (attempt > MAX_UINT16 || lastSeq > MAX_UINT32) {
    throw new Failure('input.invalid', `Attempt ${attempt} or event ${lastSeq} is out of range.`, {
      facts: { trial, attempt, lastSeq },
    })
  }
  let lines = ''
  for (const { seq, ts, kind, turn, tool, body, meta } of events) {
    const row = {
      sweep_id: sweep,
      trial_id: trial,
      attempt,
      seq,
      ts: clickHouseTime(ts),
      kind,
      turn,
      tool: tool.toWellFormed(),
      body: body.toWellFormed(),
      meta: JSON.stringify(meta),
    }
    lines += `${JSON.stringify(row)}\n`
  }
  return lines
}

const MAX_UINT16 = 2 ** 16 - 1
const MAX_UINT32 = 2 ** 32 - 1
