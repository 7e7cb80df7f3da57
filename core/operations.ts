import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Failure } from './failure.ts'
import type { Registry } from './metrics.ts'
import { createServer } from './node-http.ts'

export interface OperationsOptions {
  readonly host?: string
  /** 0 lets the system choose. */
  readonly port: number
  readonly metrics: Registry
  /** What keeps the process from work, or null when it is ready. */
  readonly notReady: () => string | null
  /** Further routes of the process; return false to leave the request alone. */
  readonly route?: (request: IncomingMessage, response: ServerResponse) => Promise<boolean>
}

/** The page that operators and the supervisor read: `/healthz`, `/readyz`, `/metrics`. */
export class OperationsServer implements AsyncDisposable {
  readonly port: number
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
    this.port = (server.address() as AddressInfo).port
  }

  /** @throws Failure `port.taken` when another process listens there. */
  static async open(options: OperationsOptions): Promise<OperationsServer> {
    const server = createServer((request, response) => {
      answer(request, response, options).catch((error: unknown) => {
        if (!response.headersSent) response.writeHead(500)
        response.end(`${error instanceof Error ? error.message : error}\n`)
      })
    })
    const { host = '127.0.0.1', port } = options
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        reject(error.code === 'EADDRINUSE' ? portTaken(host, port) : error)
      })
      server.listen(port, host, resolve)
    })
    return new OperationsServer(server)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

export function portTaken(host: string, port: number): Failure {
  return new Failure(
    'port.taken',
    `Port ${port} on ${host} is taken by another process. Free it, or choose another port.`,
    { facts: { host, port } },
  )
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { metrics, notReady, route }: OperationsOptions,
): Promise<void> {
  const path = (request.url ?? '/').split('?')[0]
  if (path === '/healthz') return void response.end('ok\n')
  if (path === '/readyz') {
    const reason = notReady()
    response.writeHead(reason === null ? 200 : 503)
    return void response.end(`${reason ?? 'ready'}\n`)
  }
  if (path === '/metrics') {
    response.setHeader('content-type', metrics.contentType)
    return void response.end(await metrics.metrics())
  }
  if (route !== undefined && (await route(request, response))) return
  response.writeHead(404)
  response.end('not found\n')
}
