import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { DIALECTS, type DialectName } from '../../core/model-call.ts'
import type { Provider } from '../../models/provider.ts'
import type { Call, Dialect, JsonObject } from '../../worker/gateway/dialects/dialect.ts'
import { dialects } from '../../worker/gateway/dialects/dialects.ts'
import { type FakeAnswer, partsOf } from './fake-answer.ts'

/** One way of not answering well, for one request. */
export type Misbehaviour =
  | {
      readonly kind: 'status'
      readonly status: number
      readonly retryAfter?: string
      readonly body?: string
    }
  /** The connection is reset before a word. */
  | { readonly kind: 'reset' }
  /** Nothing comes, for as long as the other side waits. */
  | { readonly kind: 'silence' }
  /** The answer begins, and then nothing comes. */
  | { readonly kind: 'stall' }
  /** The connection breaks off in the middle of the answer: of a tool's input, where it calls one. */
  | { readonly kind: 'cut' }
  /** The answer ends in order, but in the middle. */
  | { readonly kind: 'short' }
  /** Something that is no JSON where JSON belongs. */
  | { readonly kind: 'wrong-json' }
  /** Says that more bytes follow than do. */
  | { readonly kind: 'wrong-length' }
  /** An error as the first thing in a stream that began well. */
  | { readonly kind: 'early-error' }
  /** One byte at a time. */
  | { readonly kind: 'drip'; readonly everyMs: number }
  /** The key that it was called with, in the answer. */
  | { readonly kind: 'echo-key' }

export interface FakeRequest {
  readonly dialect: DialectName
  readonly call: Call
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly key: string | null
  readonly body: JsonObject
  /** The body to the byte. */
  readonly text: string
}

/** A provider of models that speaks all dialects, and misbehaves on order. */
export class FakeProvider implements AsyncDisposable {
  readonly url: string
  readonly requests: FakeRequest[] = []
  /** What it says from now on; by default `Hello there`. */
  answer: (request: FakeRequest) => FakeAnswer = () => ({})
  /** How many requests are being answered, and the most there were at once. */
  open = 0
  mostOpen = 0
  /** Answers wait for this. */
  gate: Promise<void> = Promise.resolve()
  readonly #orders: Misbehaviour[] = []
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  static async start(): Promise<FakeProvider> {
    let provider: FakeProvider | null = null
    const server = createServer((request, response) => {
      provider?.serve(request, response).catch(() => response.destroy())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    provider = new FakeProvider(server)
    return provider
  }

  /** How an installation would configure it. */
  provider({
    name = 'fake',
    speaks = DIALECTS,
    ...others
  }: Partial<Omit<Provider, 'dialects'>> & { speaks?: readonly DialectName[] } = {}): Provider {
    const [first = 'anthropic-messages', ...rest] = speaks
    return {
      name,
      dialects: [first, ...rest],
      baseUrl: this.url,
      key: { env: 'FAKE_KEY' },
      headers: {},
      pace: { requestsPerMinute: null, tokensPerMinute: null, concurrency: null },
      ...others,
    }
  }

  /** The next requests are answered so, one each; those after them well. */
  misbehave(...orders: readonly Misbehaviour[]): void {
    this.#orders.push(...orders)
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.open += 1
    this.mostOpen = Math.max(this.mostOpen, this.open)
    response.once('close', () => {
      this.open -= 1
    })
    const received = await receive(request)
    this.requests.push(received)
    await this.gate
    const dialect = dialects[received.dialect]
    const { call } = received
    if (call.kind === 'count-tokens') return void response.end(dialect.writeCount(1_234))
    const order = this.#orders.shift()
    if (order !== undefined && (await refusedBy(order, response))) return
    const said = order?.kind === 'echo-key' ? { text: [`your key is ${received.key}`] } : {}
    const pieces = await written(dialect, received, { ...this.answer(received), ...said })
    const type = { 'content-type': dialect.contentType(call), 'request-id': 'req_fake' }
    if (order === undefined || order.kind === 'echo-key') {
      response.writeHead(200, type)
      for (const piece of pieces) response.write(piece)
      response.end()
    } else {
      await misanswer(order, { response, pieces, type, dialect })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

async function receive(request: IncomingMessage): Promise<FakeRequest> {
  const chunks: Uint8Array[] = []
  for await (const chunk of request) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString('utf8')
  const body = JSON.parse(text || '{}')
  const path = request.url ?? '/'
  for (const dialect of Object.values(dialects)) {
    const call = safely(() => dialect.read(request.method ?? 'GET', path, body))
    if (call === null) continue
    const { headers } = request
    const query = new URL(path, 'http://fake').searchParams
    const key = dialect.keyOf(headers, query)
    return { dialect: dialect.name, call, path, headers, key, body, text }
  }
  throw new Error(`no dialect has ${request.method} ${path}`)
}

function safely<Result>(work: () => Result | null): Result | null {
  try {
    return work()
  } catch {
    return null
  }
}

async function written(
  dialect: Dialect,
  { call, body }: FakeRequest,
  answer: FakeAnswer,
): Promise<string[]> {
  const model = typeof body.model === 'string' ? body.model : call.model
  const pieces: string[] = []
  for await (const piece of dialect.write(partsOf(answer, model), call)) pieces.push(piece)
  return pieces
}

/** @returns whether that was the whole answer. */
async function refusedBy(order: Misbehaviour, response: ServerResponse): Promise<boolean> {
  if (order.kind === 'reset') {
    response.socket?.resetAndDestroy()
    return true
  }
  if (order.kind === 'silence') {
    await new Promise((resolve) => response.once('close', resolve))
    return true
  }
  if (order.kind !== 'status') return false
  const retry = order.retryAfter === undefined ? {} : { 'retry-after': order.retryAfter }
  response.writeHead(order.status, { 'content-type': 'application/json', ...retry })
  response.end(order.body ?? JSON.stringify({ error: { message: `on order: ${order.status}` } }))
  return true
}

interface Answering {
  readonly response: ServerResponse
  readonly pieces: readonly string[]
  readonly type: Readonly<Record<string, string>>
  readonly dialect: Dialect
}

async function misanswer(
  order: Misbehaviour,
  { response, pieces, type, dialect }: Answering,
): Promise<void> {
  const whole = pieces.join('')
  const half = whole.slice(0, Math.floor(whole.length * 0.7))
  switch (order.kind) {
    case 'cut':
    case 'stall':
      response.writeHead(200, type)
      await new Promise<unknown>((resolve) => response.write(half, resolve))
      if (order.kind === 'cut') response.socket?.resetAndDestroy()
      else await new Promise((resolve) => response.once('close', resolve))
      return
    case 'short':
      return void response.writeHead(200, type).end(half)
    case 'wrong-json':
      return void response.writeHead(200, type).end(whole.replaceAll('{', '{{'))
    case 'wrong-length':
      response.writeHead(200, { ...type, 'content-length': Buffer.byteLength(whole) + 10 })
      await new Promise<unknown>((resolve) => response.write(whole, resolve))
      return void response.socket?.end()
    case 'early-error': {
      const refusal = dialect.refuse({ reason: 'provider-overloaded', message: 'on order' })
      return void response.writeHead(200, type).end(`event: error\ndata: ${refusal.body}\n\n`)
    }
    case 'drip':
      response.writeHead(200, type)
      for (const byte of Buffer.from(whole)) {
        if (response.destroyed) return
        response.write(Uint8Array.of(byte))
        await sleep(order.everyMs)
      }
      return void response.end()
    default:
      throw new Error(`${order.kind} is no way to answer`)
  }
}
