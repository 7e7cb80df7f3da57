import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { coordinatorRoutes } from '../../coordinator/http-routes.ts'
import type { BlobStore } from '../../core/blobs.ts'
import { memoryBlobs } from './memory-blobs.ts'

/** The part of a coordinator that keeps blobs, of a test's own. */
export class BlobServer implements AsyncDisposable {
  readonly blobs: BlobStore = memoryBlobs()
  readonly #server: Server

  private constructor() {
    const routes = coordinatorRoutes(this.blobs, { temporal: '', nats: '', clickhouse: '' })
    this.#server = createServer((request, response) => void routes(request, response))
  }

  static async start(): Promise<BlobServer> {
    const server = new BlobServer()
    server.#server.listen(0, '127.0.0.1')
    await once(server.#server, 'listening')
    return server
  }

  get url(): string {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    return `http://127.0.0.1:${address.port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}
