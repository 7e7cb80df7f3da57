import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import {
  type ClickHouseClient,
  ClickHouseError,
  ClickHouseLogLevel,
  createClient,
} from '@clickhouse/client'
import { z } from 'zod'
import { Failure, messageOf } from '../core/failure.ts'

export interface StoreOptions {
  /** Address of ClickHouse's HTTP interface, or of the embedded engine's front. */
  readonly url: string
  /** `default` writes, `analyst` only reads. */
  readonly user: 'default' | 'analyst'
  readonly password?: string
  /** Longest wait for an answer, in milliseconds. */
  readonly timeoutMs?: number
}

/** Values for the `{name:Type}` places of a query. */
export type QueryParameters = Readonly<Record<string, unknown>>

/** A row as it is inserted: columns by name; columns left out take their default. */
export type Row = Readonly<Record<string, unknown>>

/** Below the three seconds after which servers close an idle connection. */
const IDLE_SOCKET_MS = 2_000
const INSERT_CHUNK_BYTES = 256 * 1024

/**
 * The one way to the database. Queries are the files of `analytics/queries/`, named without `.sql`.
 *
 * Every method throws Failure `engine.unreachable` when the engine cannot answer now: it is away,
 * starting, overloaded or out of room. Anything else that it says is a ClickHouseError.
 */
export class Store implements AsyncDisposable {
  readonly #client: ClickHouseClient
  readonly #url: string

  constructor({ url, user, password = '', timeoutMs = 60_000 }: StoreOptions) {
    this.#url = url
    this.#client = createClient({
      url,
      username: user,
      password,
      application: 'sbench',
      log: { level: ClickHouseLogLevel.OFF },
      request_timeout: timeoutMs,
      max_open_connections: 16,
      keep_alive: { enabled: true, idle_socket_ttl: IDLE_SOCKET_MS },
    })
  }

  /** Rows of a named query, each checked against its shape. */
  async query<Shape>(
    name: string,
    row: z.ZodType<Shape>,
    parameters: QueryParameters = {},
  ): Promise<Shape[]> {
    return this.#call(async () => {
      const answer = await this.#client.query({
        query: queryText(name),
        query_params: { ...parameters },
        format: 'JSONEachRow',
      })
      return z.array(row).parse(await answer.json())
    })
  }

  /**
   * The same for rows that are many and short: they come column by column, where the names of the
   * columns stand once, and are checked so.
   */
  async queryColumns<Shape extends z.ZodRawShape>(
    name: string,
    row: z.ZodObject<Shape>,
    parameters: QueryParameters = {},
  ): Promise<z.output<z.ZodObject<Shape>>[]> {
    return this.#call(async () => {
      const answer = await this.#client.query({
        query: queryText(name),
        query_params: { ...parameters },
        format: 'JSONColumnsWithMetadata',
      })
      const { data } = await answer.json<unknown>()
      return rowsOf(row, data)
    })
  }

  /** The rows of a named query while they arrive; leaving the loop ends the query. */
  async *stream<Shape>(
    name: string,
    row: z.ZodType<Shape>,
    parameters: QueryParameters = {},
  ): AsyncGenerator<Shape> {
    const stopped = new AbortController()
    const answer = await this.#call(() =>
      this.#client.query({
        query: queryText(name),
        query_params: { ...parameters },
        format: 'JSONEachRow',
        abort_signal: stopped.signal,
      }),
    )
    try {
      for await (const batch of answer.stream()) {
        for (const line of batch) yield row.parse(line.json())
      }
    } catch (error) {
      throw this.#explained(error)
    } finally {
      stopped.abort()
    }
  }

  /** Returns once the engine has accepted the rows. Trying again is up to the caller. */
  async insert(table: string, rows: readonly Row[]): Promise<void> {
    await this.insertLines(
      table,
      rows.map((row) => Buffer.from(`${JSON.stringify(row)}\n`)),
    )
  }

  /** The same for rows that are lines of JSON already, one or more a buffer. */
  async insertLines(table: string, lines: readonly Buffer[]): Promise<void> {
    if (lines.length === 0) return
    await this.#call(async () => {
      const { stream } = await this.#client.exec({
        query: `INSERT INTO sbench.${table} FORMAT JSONEachRow`,
        values: Readable.from(piecesOf(lines), { objectMode: false }),
        // The `meta` of events comes as the object it is, and is kept as its text.
        clickhouse_settings: { async_insert: 0, input_format_json_read_objects_as_strings: 1 },
      })
      for await (const _ of stream);
    })
  }

  /** A statement without rows: a migration's step, a deletion. */
  async command(statement: string, parameters: QueryParameters = {}): Promise<void> {
    await this.#call(() =>
      this.#client.command({ query: statement, query_params: { ...parameters } }),
    )
  }

  async ping(): Promise<void> {
    await this.#call(() => this.#client.command({ query: 'SELECT 1' }))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close()
  }

  async #call<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    try {
      return await work()
    } catch (error) {
      throw this.#explained(error)
    }
  }

  #explained(error: unknown): unknown {
    if (BUGS.some((kind) => error instanceof kind)) return error
    if (error instanceof ClickHouseError && !PASSING_CODES.has(error.code)) return error
    const message = `The database at ${this.#url} cannot answer now (${messageOf(error)}).`
    return new Failure('engine.unreachable', message, { facts: { url: this.#url }, cause: error })
  }
}

/** Errors that say nothing of the engine. */
const BUGS = [z.ZodError, TypeError, RangeError, SyntaxError]

/**
 * ClickHouse's codes for what passes: time and memory limits, too many queries or parts, a full
 * disk, a table that is read-only for now, the network, a shutdown, and refused credentials, which
 * come right when the engine's users are set up.
 */
const PASSING_CODES = new Set(
  '159 164 202 203 209 210 241 242 243 252 319 394 425 439 516 194 236 999'.split(' '),
)

const texts = new Map<string, string>()

/** ClickHouse's codes for values that it cannot read: trying again cannot help. */
const UNREADABLE_CODES = new Set('6 25 26 27 38 41 53 69 72 117 130 131 321 349 467'.split(' '))

/** Whether the engine refused rows for what they are, not for how it is. */
export function isRefusal(error: unknown): boolean {
  return error instanceof ClickHouseError && UNREADABLE_CODES.has(error.code)
}

/** The text of a named query, for those who ask in a format of their own. */
export function queryText(name: string): string {
  const known = texts.get(name)
  if (known !== undefined) return known
  const text = readFileSync(new URL(`./queries/${name}.sql`, import.meta.url), 'utf8')
  texts.set(name, text)
  return text
}

/** @throws ZodError when a column is missing, or a value of one has another shape. */
function rowsOf<Shape extends z.ZodRawShape>(row: z.ZodObject<Shape>, data: unknown) {
  const names = Object.keys(row.shape)
  const shapes = names.map((column) => [column, z.array(row.shape[column] as z.ZodType)])
  const columns = z.object(Object.fromEntries(shapes)).parse(data) as Record<string, unknown[]>
  const size = columns[names[0] ?? '']?.length ?? 0
  return Array.from({ length: size }, (_, at) => {
    const values: Record<string, unknown> = {}
    for (const name of names) values[name] = columns[name]?.[at]
    return values as z.output<z.ZodObject<Shape>>
  })
}

/** Texts joined to pieces that are worth a write each. */
function* piecesOf(lines: readonly Buffer[]): Generator<Buffer> {
  let piece: Buffer[] = []
  let bytes = 0
  for (const line of lines) {
    piece.push(line)
    bytes += line.length
    if (bytes < INSERT_CHUNK_BYTES) continue
    yield Buffer.concat(piece)
    piece = []
    bytes = 0
  }
  yield Buffer.concat(piece)
}
