import { randomInt, randomUUID } from 'node:crypto'
import type { Log } from '../../core/log.ts'
import { authenticate, type User } from './credentials.ts'
import { asEngineException } from './engine-exception.ts'
import { type FrontMetrics, kindOf } from './front-metrics.ts'
import type { Gate } from './gate.ts'
import { refuseUnsupported } from './query-request.ts'
import { type QueryCall, receiveQuery } from './receive-query.ts'
import type { Reply } from './reply.ts'
import type { RowSpool } from './row-spool.ts'
import { type Runner, runQuery } from './run-query.ts'

/** Everything that serving a query needs; made once by `main.ts`. */
export interface Front extends Runner {
  readonly spool: RowSpool
  readonly gates: { readonly writer: Gate; readonly reader: Gate }
  readonly users: readonly User[]
  readonly metrics: FrontMetrics
  readonly log: Log
  readonly maxBodyBytes: number
  readonly displayName: string
}

interface Outcome {
  role: string
  kind: string
  status: number
  started: number
}

/** Serves one request to `/`: who asks, may they, what, and then the result or the exception. */
export async function serveQuery(front: Front, call: QueryCall, reply: Reply): Promise<void> {
  const { metrics } = front
  const queryId = call.url.get('query_id') || randomUUID()
  const tag = Array.from({ length: 16 }, () => String.fromCharCode(97 + randomInt(26))).join('')
  const headers = {
    'X-ClickHouse-Server-Display-Name': front.displayName,
    'X-ClickHouse-Query-Id': headerText(queryId),
    'X-ClickHouse-Timezone': headerText(call.url.get('session_timezone') || front.engine.timezone),
    'X-ClickHouse-Exception-Tag': tag,
  }
  const outcome: Outcome = { role: 'none', kind: 'other', status: 200, started: performance.now() }
  try {
    await serve(front, { call, outcome, exchange: { queryId, tag, headers } }, reply)
  } catch (error) {
    outcome.status = await sendException(front, { error, headers }, reply)
  } finally {
    const { kind, role, status, started } = outcome
    metrics.queries.inc({ kind, role, status: reply.gone.aborted ? 'gone' : String(status) })
    metrics.seconds.observe({ kind }, (performance.now() - started) / 1_000)
    metrics.bytesOut.inc(reply.bytes)
  }
}

interface Service {
  readonly call: QueryCall
  readonly outcome: Outcome
  readonly exchange: {
    readonly queryId: string
    readonly tag: string
    readonly headers: Readonly<Record<string, string>>
  }
}

async function serve(front: Front, service: Service, reply: Reply): Promise<void> {
  const { call, outcome, exchange } = service
  const { spool, maxBodyBytes, metrics } = front
  const user = authenticate(call.headers, call.url, front.users)
  outcome.role = user.role
  refuseUnsupported(call.url)
  const leave = await front.gates[user.role].enter(reply.gone)
  try {
    const onBytes = (bytes: number) => metrics.bytesIn.inc(bytes)
    const received = await receiveQuery(call, { spool, user, maxBodyBytes, onBytes })
    if (received === undefined) return await sendOk(reply, exchange.headers)
    await using _file = received.rows
    const { query } = received
    outcome.kind = kindOf(query.statement.verb)
    outcome.started = performance.now()
    const headers = { ...exchange.headers, 'X-ClickHouse-Format': headerText(query.format) }
    await runQuery(front, { ...received, call, user, exchange: { ...exchange, headers } }, reply)
  } finally {
    leave()
  }
}

async function sendOk(reply: Reply, headers: Readonly<Record<string, string>>): Promise<void> {
  reply.begin({ status: 200, headers: { ...headers, 'Content-Type': 'text/html; charset=UTF-8' } })
  await reply.write(Buffer.from('Ok.\n'))
  await reply.end()
}

interface Trouble {
  readonly error: unknown
  readonly headers: Readonly<Record<string, string>>
}

/** @returns the status of the response, whether or not anybody is there to read it. */
async function sendException(front: Front, trouble: Trouble, reply: Reply): Promise<number> {
  const { error } = trouble
  const exception = asEngineException(error)
  const { code, type, httpStatus: status } = exception
  if (type === 'TOO_MANY_SIMULTANEOUS_QUERIES') front.metrics.rejected.inc({ reason: type })
  if (reply.gone.aborted || reply.begun) return status
  if (type === 'LOGICAL_ERROR') front.log.error({ err: error }, 'query failed unexpectedly')
  const headers: Record<string, string> = {
    ...trouble.headers,
    'Content-Type': 'text/plain; charset=UTF-8',
    'X-ClickHouse-Exception-Code': String(code),
  }
  if (status === 401) headers['WWW-Authenticate'] = 'Basic realm="ClickHouse server HTTP API"'
  if (type === 'TOO_MANY_SIMULTANEOUS_QUERIES') headers['Retry-After'] = '1'
  const body = Buffer.from(exception.render(front.engine.version))
  reply.begin({ status, headers: { ...headers, 'Content-Length': String(body.length) } })
  await reply.write(body)
  await reply.end()
  return status
}

/** What may stand in a header: control and non-latin characters of clients are replaced. */
function headerText(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?')
}
