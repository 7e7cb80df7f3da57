import type { Encoding } from './compression.ts'
import type { Engine, Progress } from './engine.ts'
import { asEngineException, exceptionBlock } from './engine-exception.ts'
import type { Lane } from './lane.ts'
import type { LaneStats, LaneWork, Portion } from './lane-protocol.ts'
import { contentTypeOf, headLength } from './output-format.ts'
import type { QueryRequest } from './query-request.ts'
import type { Reply } from './reply.ts'

/** Bytes held back before the head goes out, so that early failures still get their status. */
const HOLD_BACK_BYTES = 1024 * 1024

/** Facts of one exchange that its head repeats, whatever becomes of the query. */
export interface Exchange {
  readonly queryId: string
  /** @see exceptionBlock */
  readonly tag: string
  readonly headers: Readonly<Record<string, string>>
}

export interface ResultToSend {
  readonly engine: Engine
  readonly lane: Lane
  start(): Promise<Portion>
  readonly work: Omit<LaneWork, 'setup'>
  readonly exchange: Exchange
  readonly encoding: { readonly name: Encoding; readonly level: number } | undefined
  readonly progress: QueryRequest['progress']
  readonly stop: AbortSignal
}

/**
 * Runs a query and sends what comes, as fast as the client takes it.
 *
 * A failure before the head is sent is thrown; one after it goes into the body, because the status
 * has been told by then.
 *
 * @returns sends the last of it. Call it when the lane is back, so that a client that has heard all
 * of one query finds its session free for the next.
 */
export async function sendResult(result: ResultToSend, reply: Reply): Promise<() => Promise<void>> {
  const started = performance.now()
  const { work, lane, stop } = result
  const held: Uint8Array[] = []
  let [heldBytes, rows, skip] = [0, 0, 0]
  const take = ({ bytes, rows: more, last }: Portion) => {
    rows += more
    if (bytes === undefined) return new Uint8Array()
    if (work.mode !== 'stream' || last) return bytes
    const isFirst = skip === 0 && heldBytes === 0
    if (isFirst) skip = headLength(work.format, bytes)
    return isFirst ? bytes : bytes.subarray(skip)
  }
  const ticking = tellProgress(result, reply)
  let portion: Portion
  try {
    portion = await result.start()
    for (;;) {
      const bytes = take(portion)
      heldBytes += bytes.length
      held.push(bytes)
      if (portion.last || heldBytes >= HOLD_BACK_BYTES) break
      portion = await lane.next()
    }
  } finally {
    ticking.end()
  }
  const summary = summaryOf({ rows, bytes: heldBytes, stats: portion.stats, started })
  const { encoding, exchange } = result
  const contentType = contentTypeOf(work.format)
  const headers: Record<string, string> = {
    ...exchange.headers,
    'Content-Type': contentType,
    'X-ClickHouse-Summary': summary,
  }
  const packed = heldBytes > 0 ? encoding : undefined
  if (portion.last && packed === undefined) headers['Content-Length'] = String(heldBytes)
  const begin = async () => {
    reply.begin({ status: 200, headers, encoding: packed })
    for (const bytes of held.splice(0)) await reply.write(bytes)
  }
  if (portion.last) {
    return async () => {
      await begin()
      await reply.end()
    }
  }
  try {
    await begin()
    while (!portion.last && !stop.aborted) {
      const upcoming = lane.next()
      upcoming.catch(() => undefined)
      portion = await upcoming
      await reply.write(take(portion))
    }
    if (!portion.last) throw asEngineException(new Error(STOPPED))
    return () => reply.end()
  } catch (error) {
    const rendered = asEngineException(error).render(result.engine.version)
    return () => reply.breakOff(exceptionBlock(exchange.tag, rendered))
  }
}

const STOPPED = 'Code: 394. DB::Exception: Query was cancelled. (QUERY_WAS_CANCELLED)'

interface Sent {
  readonly rows: number
  readonly bytes: number
  readonly stats: LaneStats | undefined
  readonly started: number
}

/** Streams do not tell what they read, and a head cannot tell what comes after it: zeros then. */
function summaryOf({ rows, bytes, stats, started }: Sent): string {
  return JSON.stringify({
    read_rows: String(stats?.readRows ?? 0),
    read_bytes: String(stats?.readBytes ?? 0),
    written_rows: String(stats?.writtenRows ?? 0),
    written_bytes: String(stats?.writtenBytes ?? 0),
    total_rows_to_read: '0',
    result_rows: String(rows),
    result_bytes: String(bytes),
    elapsed_ns: String(Math.round((performance.now() - started) * 1e6)),
  })
}

/** While the head is not out: a header every so often, which also keeps proxies from giving up. */
function tellProgress({ engine, lane, progress }: ResultToSend, reply: Reply): { end(): void } {
  if (!progress.wanted) return { end: () => undefined }
  let asking = false
  const tell = async () => {
    if (asking || reply.begun) return
    asking = true
    const now = await engine.progress(lane)
    if (now !== undefined && !ended) reply.dribble('X-ClickHouse-Progress', progressText(now))
    asking = false
  }
  let ended = false
  const timer = setInterval(() => {
    // A progress that cannot be told is no reason to fail the query; the next tick asks again.
    tell().catch(() => {
      asking = false
    })
  }, progress.everyMs)
  return {
    end() {
      ended = true
      clearInterval(timer)
    },
  }
}

function progressText({ readRows, readBytes, totalRows, elapsedNs }: Progress): string {
  return JSON.stringify({
    read_rows: readRows,
    read_bytes: readBytes,
    total_rows_to_read: totalRows,
    elapsed_ns: elapsedNs,
  })
}
