import { createRequire } from 'node:module'
import { Failure, messageOf } from '../../core/failure.ts'

/** A native connection: a session of its own, with its own settings. Belongs to one thread. */
export type Connection = object

/** The addon under the `chdb` package, as far as it is used here. */
export interface EngineAddon {
  CreateConnection(folder: string): Connection
  /** Never call it while an operation runs on the connection: that ends the engine. */
  CloseConnection(connection: Connection): void
  QueryAsyncConnection(connection: Connection, sql: string, format: string): Promise<WholeResult>
  /** Runs an INSERT and reports what it wrote; the data is appended to the text of the query. */
  InsertRawAsyncConnection(
    connection: Connection,
    sql: string,
    data: Uint8Array,
    countLines: boolean,
  ): Promise<InsertResult>
  /** Analyses the query on the calling thread, which includes running its scalar subqueries. */
  StreamQuery(connection: Connection, sql: string, format: string): StreamHandle
  StreamFetch(handle: StreamHandle): Promise<StreamPortion>
  StreamCancel(handle: StreamHandle): void
}

export type StreamHandle = object

export interface WholeResult {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly rowsRead: number
  readonly bytesRead: number
}

export interface InsertResult {
  readonly rowsWritten: number
  readonly bytesWritten: number
}

export interface StreamPortion {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly numRows: number
  readonly done: boolean
}

/**
 * Loads the engine's addon without the package's JavaScript around it, which
 * keeps track of sessions for one thread, and hides how many rows an INSERT wrote.
 *
 * @throws Failure `prerequisite.missing` where there is no engine for this machine.
 */
export function loadEngineAddon(): EngineAddon {
  const { platform, arch } = process
  const name = `@chdb/lib-${platform}-${arch}${platform === 'linux' ? '-gnu' : ''}`
  const here = createRequire(import.meta.url)
  try {
    const addon: EngineAddon = createRequire(here.resolve('chdb'))(name)
    return addon
  } catch (cause) {
    throw new Failure(
      'prerequisite.missing',
      `The embedded ClickHouse engine (${name}) could not be loaded: ${messageOf(cause)}. ` +
        'It needs Linux with glibc or macOS; run npm ci, or use a ClickHouse server.',
      { facts: { package: name } },
    )
  }
}
