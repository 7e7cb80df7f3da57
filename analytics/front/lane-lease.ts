import { setTimeout as delay } from 'node:timers/promises'
import { type Engine, rowsOf } from './engine.ts'
import { EngineException } from './engine-exception.ts'
import { type Lane, quoted } from './lane.ts'
import type { QueryPlan } from './query-plan.ts'
import type { Sessions, SessionWish } from './sessions.ts'

const KILL_AGAIN_MS = 100

/** A lane for one query. */
export interface Lease {
  readonly lane: Lane
  /** Whether the connection has seen no query yet. */
  readonly fresh: boolean
}

export interface LeaseOptions {
  readonly engine: Engine
  readonly sessions: Sessions<Lane>
  readonly wish: SessionWish | undefined
  /** A reader's session remembers nothing, for `readonly` lets it change nothing. */
  readonly keep: boolean
  readonly close: boolean
  readonly plan: QueryPlan
  /** Aborted when the query has to stop: the client left, or the process ends. */
  readonly stop: AbortSignal
}

/**
 * Lends a lane for one query: a clean one, or the one of the query's session. Afterwards a clean
 * lane is wiped; a session's lane gets back the settings that the request had changed.
 *
 * @throws what `use` throws, after the lane is back.
 */
export async function withLane<T>(
  options: LeaseOptions,
  use: (lease: Lease) => Promise<T>,
): Promise<T> {
  const { engine, sessions, wish, keep, close, stop } = options
  const visit = wish === undefined ? undefined : sessions.enter(wish)
  const lane = visit?.held ?? (await engine.take())
  const settings = visit?.held === undefined ? new Map() : options.plan.settings
  const kept = keep && visit !== undefined
  let undo: string | undefined
  let failed = true
  const killing = killWhen(stop, engine, lane)
  try {
    undo = await undoing(lane, settings)
    const result = await use({ lane, fresh: visit?.held === undefined })
    failed = stop.aborted
    return result
  } finally {
    await killing.end()
    if (kept && !close) {
      await tidy(lane, undo, failed)
      visit.leave(lane, false)
    } else {
      visit?.leave(undefined, close)
      await engine.giveBack(lane)
    }
  }
}

/** A kill can come before its query is known to the engine, hence again and again. */
function killWhen(stop: AbortSignal, engine: Engine, lane: Lane): { end(): Promise<void> } {
  let ended = false
  let killing: Promise<void> = Promise.resolve()
  const kill = async () => {
    while (!ended) {
      await engine.kill(lane)
      await delay(KILL_AGAIN_MS)
    }
  }
  const start = () => {
    killing = kill()
  }
  if (stop.aborted) start()
  else stop.addEventListener('abort', start, { once: true })
  return {
    async end() {
      ended = true
      stop.removeEventListener('abort', start)
      await killing
    },
  }
}

/** The statement that puts a session's settings back to what they are now. */
async function undoing(
  lane: Lane,
  settings: ReadonlyMap<string, string>,
): Promise<string | undefined> {
  if (settings.size === 0) return undefined
  const names = [...settings.keys()].map(quoted).join(', ')
  const sql = `SELECT name, changed, base64Encode(value) FROM system.settings WHERE name IN (${names})`
  const parts = (await rowsOf(lane, sql)).map(([name = '', changed, value = '']) => {
    const text = changed === '1' ? quoted(Buffer.from(value, 'base64').toString()) : 'DEFAULT'
    return `${name} = ${text}`
  })
  return parts.length === 0 ? undefined : `SET ${parts.join(', ')}`
}

async function tidy(lane: Lane, undo: string | undefined, failed: boolean): Promise<void> {
  await lane.stop()
  // What a failed query had written so far comes out in front of the connection's next result.
  if (failed) await rowsOf(lane, 'SELECT 1').catch(ignoreEngine)
  if (undo === undefined) return
  await lane.start({ setup: [undo], sql: 'SELECT 1', format: 'Null', mode: 'whole' })
}

function ignoreEngine(error: unknown): void {
  if (!(error instanceof EngineException)) throw error
}
