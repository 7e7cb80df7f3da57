import type { IncomingHttpHeaders } from 'node:http'
import { EngineException } from './engine-exception.ts'
import { multipartFields } from './multipart.ts'
import { MAX_STATEMENT_BYTES, readStatement, type Statement } from './statement.ts'

/** What a request's URL and headers say, before its body is read. */
export interface RequestHead {
  readonly method: 'GET' | 'HEAD' | 'POST'
  readonly headers: IncomingHttpHeaders
  readonly url: URLSearchParams
}

/** One query as the engine will get it. */
export interface QueryRequest {
  readonly statement: Statement
  /** The query; for an INSERT with rows, up to its FORMAT or VALUES. */
  readonly sql: string
  /** The rows of an INSERT, as far as they were given; `undefined` for every other query. */
  readonly rows: Buffer | undefined
  readonly database: string | undefined
  readonly format: string
  readonly parameters: ReadonlyMap<string, string>
  /** Settings for the engine, in the order given; the front's own are not among them. */
  readonly settings: ReadonlyMap<string, string>
  /** Answer only when the query has ended, so that the head can tell how it went. */
  readonly waitForEnd: boolean
  readonly progress: { readonly wanted: boolean; readonly everyMs: number }
  readonly compress: { readonly wanted: boolean; readonly level: number }
}

/** URL parameters with a meaning of their own: no settings. */
const RESERVED: ReadonlySet<string> = new Set(
  (
    'query query_id user password database default_format session_id session_timeout ' +
    'session_check close_session compress decompress stacktrace quota_key role buffer_size ' +
    'wait_end_of_query http_wait_end_of_query client_protocol_version'
  ).split(' '),
)

/** Refuses what a server could do and this front cannot, rather than answer something else. */
export function refuseUnsupported(url: URLSearchParams): void {
  if (isOn(url.get('compress')) || isOn(url.get('decompress'))) {
    const message =
      "ClickHouse's own compressed blocks (compress=1, decompress=1) are not supported; use " +
      'Accept-Encoding with enable_http_compression=1, and Content-Encoding.'
    throw EngineException.raise('NOT_IMPLEMENTED', message)
  }
  const role = url.get('role')
  if (role !== null) throw EngineException.raise('UNKNOWN_ROLE', `There is no role \`${role}\`.`)
}

/**
 * The query of a request whose URL holds an INSERT up to its rows: its body is rows and nothing
 * else, and need not be read to know what to do. `undefined` for every other request.
 */
export function readInsert(head: RequestHead): QueryRequest | undefined {
  const query = head.url.get('query') ?? ''
  if (!/insert/i.test(query) || isMultipart(head)) return undefined
  const statement = readStatementOf(Buffer.from(query), false)
  return statement?.data === undefined ? undefined : readQuery(head, Buffer.alloc(0))
}

/**
 * Puts a query together from URL and body, as a server does: the body follows the URL's query, so
 * that a query in the URL can name the table and the body bring the rows.
 *
 * @throws EngineException for a malformed request.
 */
export function readQuery({ headers, url }: RequestHead, body: Buffer): QueryRequest {
  const contentType = headers['content-type'] ?? ''
  const multipart = isMultipart({ headers })
  const fields = multipart ? multipartFields(contentType, body) : new Map<string, string>()
  const all = new Map([...url, ...[...fields].map(([name, value]) => [name, utf8(value)] as const)])
  const inUrl = Buffer.from(url.get('query') ?? '')
  const rest = multipart ? Buffer.from(fields.get('query') ?? '', 'latin1') : body
  const text = cut(inUrl, rest)
  const { statement } = text
  const named = all.get('default_format') ?? single(headers['x-clickhouse-format'])
  return {
    ...text,
    database: all.get('database') ?? (single(headers['x-clickhouse-database']) || undefined),
    format: statement.format ?? (named || 'TabSeparated'),
    parameters: new Map([...all].flatMap(([name, value]) => parameterOf(name, value))),
    settings: new Map([...all].filter(([name]) => !RESERVED.has(name) && !isParameter(name))),
    waitForEnd: isOn(all.get('wait_end_of_query')) || isOn(all.get('http_wait_end_of_query')),
    progress: {
      wanted: isOn(all.get('send_progress_in_http_headers')),
      everyMs: Math.max(50, Number(all.get('http_headers_progress_interval_ms') ?? 100) || 100),
    },
    compress: {
      wanted: isOn(all.get('enable_http_compression')),
      level: clamp(Number(all.get('http_zlib_compression_level') ?? 3) || 3, 1, 9),
    },
  }
}

function cut(inUrl: Buffer, rest: Buffer): Pick<QueryRequest, 'statement' | 'sql' | 'rows'> {
  const single = inUrl.length === 0 || rest.length === 0
  const head = inUrl.length === 0 ? rest : inUrl
  const statement = readStatementOf(head, single)
  if (statement?.data !== undefined) {
    const sql = head.subarray(0, statement.data.headEnd).toString()
    const inline = head.subarray(statement.data.start)
    return { statement, sql, rows: single ? inline : Buffer.concat([inline, rest]) }
  }
  if (statement !== undefined && single) return { statement, sql: head.toString(), rows: undefined }
  return cut(Buffer.alloc(0), Buffer.concat([inUrl, Buffer.from('\n'), rest]))
}

/** @param complete whether no more can follow; if so, mistakes are final. */
function readStatementOf(text: Buffer, complete: boolean): Statement | undefined {
  try {
    const statement = readStatement(text.subarray(0, MAX_STATEMENT_BYTES).toString('latin1'))
    if (statement.data !== undefined || text.length <= MAX_STATEMENT_BYTES) return statement
  } catch (error) {
    if (complete) throw error
    return undefined
  }
  const message = `Syntax error: the query is longer than ${MAX_STATEMENT_BYTES} bytes.`
  throw EngineException.raise('SYNTAX_ERROR', message)
}

function isMultipart({ headers }: Pick<RequestHead, 'headers'>): boolean {
  return /^multipart\/form-data\b/i.test(headers['content-type'] ?? '')
}

const isParameter = (name: string) => name.startsWith('param_')

function parameterOf(name: string, value: string): [string, string][] {
  return isParameter(name) ? [[name.slice('param_'.length), value]] : []
}

function utf8(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString()
}

function single(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value[0] : value) ?? ''
}

function isOn(value: string | null | undefined): boolean {
  return value === '1' || value === 'true'
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, Math.trunc(value)))
}
