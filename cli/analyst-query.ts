import { z } from 'zod'
import { Failure, messageOf } from '../core/failure.ts'

/** ClickHouse's HTTP interface, as the read-only user. */
export interface AnalystAccess {
  readonly url: string
  /** Empty when none is needed. */
  readonly password: string
}

export interface AnalystQuery {
  readonly sql: string
  /** A format of ClickHouse's, for example `JSONEachRow`; a FORMAT clause in the SQL wins over it. */
  readonly format: string
  /** Values for the `{name:Type}` places. */
  readonly parameters?: Readonly<Record<string, string | number>>
  readonly signal?: AbortSignal
}

/**
 * Asks ClickHouse's HTTP interface as the read-only user, and hands on the bytes as they arrive.
 *
 * @throws Failure `sql.invalid` with the engine's own words, `engine.unreachable`.
 * @see https://clickhouse.com/docs/interfaces/http
 */
export async function analystQuery(
  { url, password }: AnalystAccess,
  { sql, format, parameters = {}, signal }: AnalystQuery,
): Promise<ReadableStream<Uint8Array>> {
  const address = new URL('/', url)
  address.searchParams.set('database', 'sbench')
  for (const [name, value] of Object.entries(parameters)) {
    address.searchParams.set(`param_${name}`, String(value))
  }
  const response = await fetch(address, {
    method: 'POST',
    body: sql,
    headers: {
      'x-clickhouse-user': 'analyst',
      'x-clickhouse-key': password,
      'x-clickhouse-format': format,
    },
    ...(signal === undefined ? {} : { signal }),
  }).catch((cause: unknown) => {
    const message = `The database at ${address.origin} does not answer (${messageOf(cause)}).`
    throw new Failure('engine.unreachable', message, { facts: { url: address.origin }, cause })
  })
  if (response.ok) return response.body ?? new ReadableStream()
  const said = (await response.text()).trim()
  const code = Number(response.headers.get('x-clickhouse-exception-code') ?? 0)
  throw new Failure('sql.invalid', said === '' ? `HTTP status ${response.status}.` : said, {
    facts: { status: response.status, clickhouseCode: code },
  })
}

/**
 * The rows of a query of our own, each checked against its shape. As its SQL is right, a refusal says
 * something of the engine: it is starting, overloaded or being migrated.
 *
 * @throws Failure `engine.unreachable`.
 */
export async function analystRows<Shape>(
  access: AnalystAccess,
  row: z.ZodType<Shape>,
  query: Omit<AnalystQuery, 'format'>,
): Promise<Shape[]> {
  const body = await analystQuery(access, { ...query, format: 'JSON' }).catch((cause: unknown) => {
    if (!(cause instanceof Failure) || cause.code !== 'sql.invalid') throw cause
    throw new Failure('engine.unreachable', `The database cannot answer now (${cause.message}).`, {
      cause,
    })
  })
  const text = await new Response(body).text()
  return z.object({ data: z.array(row) }).parse(JSON.parse(text)).data
}
