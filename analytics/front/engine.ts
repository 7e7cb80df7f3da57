import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure, messageOf } from '../../core/failure.ts'
import { type Connection, type EngineAddon, loadEngineAddon } from './engine-addon.ts'
import { Lane, MARK_SETTING, quoted } from './lane.ts'

/** How far a running query has come. */
export interface Progress {
  readonly readRows: string
  readonly readBytes: string
  readonly totalRows: string
  readonly elapsedNs: string
}

/**
 * The embedded ClickHouse engine over one data folder.
 *
 * Queries run in {@link Lane}s, which are made as needed and kept; one more lane, never lent out,
 * watches and kills them.
 */
export class Engine implements AsyncDisposable {
  readonly version: string
  readonly timezone: string
  /** Names of all table functions in small letters. */
  readonly tableFunctions: ReadonlySet<string>
  /** Settles when a part of the engine broke and the process has to end. */
  readonly lost: Promise<Error>
  readonly #opened: Opened
  readonly #control: Lane
  readonly #idle: Lane[] = []
  #made = 0

  private constructor(opened: Opened, facts: EngineFacts) {
    this.#opened = opened
    this.#control = opened.control
    this.lost = opened.lost
    this.version = facts.version
    this.timezone = facts.timezone
    this.tableFunctions = facts.tableFunctions
  }

  /**
   * Opens the folder, or makes it.
   *
   * @throws Failure `stack.folder-in-use` when another process has it open, `engine.unreachable`
   * when the engine cannot open it; its own words about that are on stderr.
   */
  static async open(folder: string): Promise<Engine> {
    const addon = loadEngineAddon()
    mkdirSync(folder, { recursive: true })
    const anchor = openAnchor(addon, folder)
    const { promise: lost, resolve: onLost } = Promise.withResolvers<Error>()
    const control = await Lane.open({ folder, name: 'front-control', onLost })
    const opened = { folder, addon, anchor, control, lost, onLost }
    return new Engine(opened, await factsOf(control))
  }

  /** A lane whose connection has seen nothing yet. */
  async take(): Promise<Lane> {
    const idle = this.#idle.pop()
    if (idle !== undefined) return idle
    this.#made += 1
    const { folder, onLost } = this.#opened
    return await Lane.open({ folder, name: `front-lane-${this.#made}`, onLost })
  }

  /** Takes a lane back, with no query running on it, and wipes it. */
  async giveBack(lane: Lane): Promise<void> {
    await lane.reset()
    this.#idle.push(lane)
  }

  /**
   * Asks the engine to stop what runs on a lane. The query's own call reports when it has.
   *
   * Never `KILL … SYNC`: it waits for a query that may itself wait for its reader.
   */
  async kill(lane: Lane): Promise<void> {
    const sql = `KILL QUERY WHERE ${markCondition(lane)} ASYNC`
    await this.#control.start({ setup: [], sql, format: 'Null', mode: 'whole' })
  }

  /** `undefined` when nothing runs on the lane. */
  async progress(lane: Lane): Promise<Progress | undefined> {
    const columns = 'read_rows, read_bytes, total_rows_approx, toUInt64(elapsed * 1e9)'
    const sql = `SELECT ${columns} FROM system.processes WHERE ${markCondition(lane)} LIMIT 1`
    const [line] = await rowsOf(this.#control, sql)
    if (line === undefined) return undefined
    const [readRows = '0', readBytes = '0', totalRows = '0', elapsedNs = '0'] = line
    return { readRows, readBytes, totalRows, elapsedNs }
  }

  /** Call it when no lane is lent out. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#opened.addon.CloseConnection(this.#opened.anchor)
  }
}

interface Opened {
  readonly folder: string
  readonly addon: EngineAddon
  readonly anchor: Connection
  readonly control: Lane
  readonly lost: Promise<Error>
  readonly onLost: (error: Error) => void
}

interface EngineFacts {
  readonly version: string
  readonly timezone: string
  readonly tableFunctions: ReadonlySet<string>
}

/** SQL that is true for what runs on a lane, in `system.processes`. */
export function markCondition(lane: Lane): string {
  return `Settings['${MARK_SETTING}'] = ${quoted(lane.mark)}`
}

/** Values of a small result, as text. */
export async function rowsOf(lane: Lane, sql: string): Promise<string[][]> {
  const work = { setup: [], sql, format: 'TabSeparated', mode: 'whole' } as const
  const { bytes = new Uint8Array() } = await lane.start(work)
  const text = Buffer.from(bytes).toString().trimEnd()
  return text === '' ? [] : text.split('\n').map((line) => line.split('\t'))
}

async function factsOf(lane: Lane): Promise<EngineFacts> {
  const [first] = await rowsOf(lane, 'SELECT version(), serverTimezone()')
  const names = await rowsOf(lane, 'SELECT lower(name) FROM system.table_functions')
  const [version = '', timezone = ''] = first ?? []
  return { version, timezone, tableFunctions: new Set(names.flat()) }
}

function openAnchor(addon: EngineAddon, folder: string): Connection {
  try {
    return addon.CreateConnection(folder)
  } catch (cause) {
    const holder = holderOf(folder)
    if (holder !== undefined) {
      throw new Failure(
        'stack.folder-in-use',
        `The data folder ${folder} is open in process ${holder}. Stop that process first, or ` +
          'choose another folder.',
        { facts: { folder, holder }, cause },
      )
    }
    throw new Failure(
      'engine.unreachable',
      `The engine could not open the data folder ${folder}: ${messageOf(cause)}. ` +
        'Its reason is on stderr.',
      { facts: { folder }, cause },
    )
  }
}

/** The living process that the folder's lock file names. */
function holderOf(folder: string): number | undefined {
  try {
    const pid = Number(/^PID: (\d+)/m.exec(readFileSync(join(folder, 'status'), 'utf8'))?.[1])
    if (!Number.isInteger(pid) || pid === process.pid) return undefined
    process.kill(pid, 0)
    return pid
  } catch {
    return undefined
  }
}
