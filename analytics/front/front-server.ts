import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Registry } from '../../core/metrics.ts'
import { createServer } from '../../core/node-http.ts'
import { portTaken } from '../../core/operations.ts'
import { Reply } from './reply.ts'
import { type Front, serveQuery } from './serve-query.ts'

/** As a server's: URLs carry queries and their parameters. */
const MAX_HEADER_BYTES = 1024 * 1024
/** Longer than the clients' own, so that it is they who end idle connections. */
const KEEP_ALIVE_MS = 30_000
/** A request whose body stalls for so long is given up. */
const STALLED_BODY_MS = 60_000

/** How long a refused body may go on. */
const DISCARD_MS = 10_000

export interface FrontServerOptions {
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
  readonly registry: Registry
  readonly front: Front
}

/** ClickHouse's HTTP interface, and the pages for operators, on one port. */
export class FrontServer implements AsyncDisposable {
  readonly port: number
  readonly #server: Server

  private constructor(server: Server) {
    const address = server.address() as AddressInfo
    this.#server = server
    this.port = address.port
  }

  /** @throws Failure `port.taken` when another process listens there. */
  static async open({ host, port, registry, front }: FrontServerOptions): Promise<FrontServer> {
    const options = { maxHeaderSize: MAX_HEADER_BYTES, keepAliveTimeout: KEEP_ALIVE_MS }
    const server = createServer({ ...options, requestTimeout: 0 }, (request, response) => {
      route({ request, response, registry, front }).catch((error: unknown) => {
        front.log.error({ err: error }, 'request failed')
        response.destroy()
      })
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        reject(error.code === 'EADDRINUSE' ? portTaken(host, port) : error)
      })
      server.listen(port, host, resolve)
    })
    return new FrontServer(server)
  }

  /** Takes no more connections, and lets go of those that are idle. */
  stopAccepting(): void {
    this.#server.close()
    this.#server.closeIdleConnections()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
  }
}

interface Call {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly registry: Registry
  readonly front: Front
}

async function route({ request, response, registry, front }: Call): Promise<void> {
  const { method = 'GET', headers } = request
  const url = new URL(request.url ?? '/', 'http://front')
  switch (url.pathname) {
    case '/ping':
    case '/replicas_status':
      return text(response, 200, 'Ok.\n')
    case '/healthz':
      return text(response, 200, 'ok\n')
    case '/readyz':
      return front.closing.aborted
        ? text(response, 503, 'shutting down\n')
        : text(response, 200, 'ready\n')
    case '/metrics':
      response.setHeader('Content-Type', registry.contentType)
      return void response.end(await registry.metrics())
    case '/':
      break
    default:
      return text(response, 404, `There is no handle ${url.pathname}\n\nUse / for queries.\n`)
  }
  if (method !== 'GET' && method !== 'HEAD' && method !== 'POST') {
    response.setHeader('Allow', 'GET, HEAD, POST')
    return text(response, 405, `Method ${method} is not allowed; use GET or POST.\n`)
  }
  endWhenStalled(request)
  const call = { method, headers, url: url.searchParams, body: request } as const
  await serveQuery(front, call, new Reply(response))
  if (!request.complete) discard(request)
}

/** Gives up on a client that stops in the middle of its body; a quiet query is left alone. */
function endWhenStalled(request: IncomingMessage): void {
  let seen = request.socket.bytesRead
  const timer = setInterval(() => {
    if (request.complete) return clearInterval(timer)
    if (request.socket.bytesRead === seen) request.destroy()
    seen = request.socket.bytesRead
  }, STALLED_BODY_MS)
  request.once('close', () => clearInterval(timer))
}

/** What is left of a body that was refused: the client may read the answer only after sending it. */
function discard(request: IncomingMessage): void {
  const timer = setTimeout(() => request.destroy(), DISCARD_MS)
  request.once('close', () => clearTimeout(timer))
  request.resume()
}

function text(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=UTF-8' })
  response.end(body)
}
