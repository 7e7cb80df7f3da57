import type { IncomingMessage, ServerResponse } from 'node:http'
import { Failure, messageOf } from '../../../core/failure.ts'
import type { Log } from '../../../core/log.ts'
import type { Access } from '../access.ts'
import type { Dialect, Refusal } from '../dialects/dialect.ts'
import type { GatewayMetrics } from '../gateway-metrics.ts'
import type { Redactor } from '../redactor.ts'
import type { RetryPolicy } from '../retry-policy.ts'
import { answerCount } from './answer-count.ts'
import type { DialectFinder } from './find-dialect.ts'
import { declaredBytes, MAX_BODY_BYTES, type RequestBody, readBody } from './read-body.ts'
import type { Room } from './room.ts'
import { ServedCall, sendAnswer } from './served-call.ts'

/** A body that is refused is read to its end all the same, so that its sender reads why. */
const MOST_DRAINED_BYTES = 4 * MAX_BODY_BYTES

export interface Serving {
  readonly dialectOf: DialectFinder
  readonly accessOf: (key: string) => Promise<Access | undefined>
  /** Bytes of request bodies that may be in memory at once, over all keys. */
  readonly bodies: Room
  /** Characters of requests that may be put on record at once. */
  readonly recordings: Room
  readonly redactor: Redactor
  readonly retry: RetryPolicy
  readonly metrics: GatewayMetrics
  readonly log: Log
}

/** One request from its first byte: whose it is and whether there is room, before its body is read. */
export async function serveRequest(
  serving: Serving,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://gateway')
  const dialect = serving.dialectOf(request.method ?? 'GET', url, request.headers)
  if (dialect === null) return notFound(serving, request, response)
  const turnAway = (refusal: Refusal) => {
    serving.metrics.turnedAway(refusal.reason)
    drain(request)
    sendAnswer(response, dialect.refuse(refusal))
  }
  const key = dialect.keyOf(request.headers, url.searchParams)
  const access = key === null ? undefined : await serving.accessOf(key)
  if (access === undefined) {
    return turnAway({ reason: 'bad-key', message: 'This key is not, or no longer, good here.' })
  }
  const bytes = declaredBytes(request)
  if (bytes > MAX_BODY_BYTES) return turnAway(TOO_LARGE)
  const leave = await access.lane.enter(1)
  if (leave === null) return turnAway(TOO_MANY)
  const giveBack = await serving.bodies.enter(bytes)
  try {
    const body = await readBody(request, () => giveBack?.())
    if (body === null) return turnAway(TOO_LARGE)
    await access.during(serve(serving, { dialect, access, body, request, response, url }))
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'input.invalid') throw error
    turnAway({ reason: 'bad-request', message: error.message })
  } finally {
    giveBack?.()
    leave()
  }
}

interface Incoming {
  readonly dialect: Dialect
  readonly access: Access
  readonly body: RequestBody
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly url: URL
}

async function serve(serving: Serving, incoming: Incoming): Promise<void> {
  const { dialect, access, body, request, response, url } = incoming
  const json = body.json()
  const call = dialect.read(request.method ?? 'GET', url.pathname + url.search, json)
  if (call === null) return sendAnswer(response, dialect.refuse(NOT_FOUND))
  const { redactor, retry, metrics, recordings } = serving
  switch (call.kind) {
    case 'generate':
      return new ServedCall({
        access,
        dialect,
        call,
        body,
        json,
        request,
        response,
        recordings,
        redactor,
        retry,
        metrics,
      }).run()
    case 'count-tokens':
      return answerCount({
        access,
        dialect,
        call,
        body,
        headers: request.headers,
        response,
        redactor,
      })
    case 'list-models':
      return sendAnswer(response, { ...JSON_ANSWER, body: dialect.writeModels([access.model]) })
    case 'show-model':
      return access.allows(call.model)
        ? sendAnswer(response, { ...JSON_ANSWER, body: dialect.writeModel(call.model) })
        : sendAnswer(response, dialect.refuse(unknownModel(call.model, access.model)))
  }
}

const TOO_LARGE: Refusal = {
  reason: 'too-large',
  message: `A request may have at most ${MAX_BODY_BYTES / 1024 ** 2} MB.`,
}
const TOO_MANY: Refusal = {
  reason: 'rate-limited',
  message: 'Too many calls at once with this key.',
  retryAfterMs: 2_000,
}
const JSON_ANSWER = { status: 200, headers: { 'content-type': 'application/json' } }
const NOT_FOUND: Refusal = { reason: 'not-found', message: 'There is nothing at this path.' }

const unknownModel = (asked: string, own: string): Refusal => ({
  reason: 'not-found',
  message: `There is no model "${asked}" here but "${own}".`,
})

function notFound({ metrics }: Serving, request: IncomingMessage, response: ServerResponse): void {
  metrics.turnedAway('not-found')
  drain(request)
  const error = { type: 'not_found', message: NOT_FOUND.message }
  response.writeHead(404, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ error }))
}

function drain(request: IncomingMessage): void {
  let bytes = 0
  request.on('data', (chunk: Uint8Array) => {
    bytes += chunk.length
    if (bytes > MOST_DRAINED_BYTES) request.destroy()
  })
}

/** What a request threw that nobody foresaw: said once, and the connection ends. */
export function crashed(
  { log, redactor }: Serving,
  response: ServerResponse,
  error: unknown,
): void {
  const isGone = response.destroyed
  if (!isGone)
    log.error({ reason: redactor.text(messageOf(error)) }, 'a request could not be served')
  response.destroy()
}
