import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { coordinatorRoutes } from '../../coordinator/http-routes.ts'
import type { BlobStore } from '../../core/blobs.ts'
import { diskSweepBlobs } from '../../core/sweep-blobs.ts'
import { memoryBlobs } from './memory-blobs.ts'

export interface BlobServerOptions {
  /** See `diskSweepBlobs`. */
  readonly leastFreeBytes?: number
}

/** The part of a coordinator that keeps blobs and artifacts, of a test's own. */
export class BlobServer implements AsyncDisposable {
  readonly blobs: BlobStore = memoryBlobs()
  /** Where artifacts are, a folder for each sweep. */
  readonly artifactsFolder: string
  readonly #server: Server

  private constructor(artifactsFolder: string, { leastFreeBytes = 0 }: BlobServerOptions) {
    this.artifactsFolder = artifactsFolder
    const artifacts = diskSweepBlobs(artifactsFolder, leastFreeBytes)
    const addresses = { temporal: '', nats: '', clickhouse: '' }
    const routes = coordinatorRoutes({ blobs: this.blobs, artifacts }, addresses)
    this.#server = createServer(async (request, response) => {
      if (!(await routes(request, response))) response.writeHead(404).end()
    })
  }

  static async start(options: BlobServerOptions = {}): Promise<BlobServer> {
    const server = new BlobServer(await mkdtemp(join(tmpdir(), 'sbench-artifacts-')), options)
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
    await rm(this.artifactsFolder, { recursive: true, force: true })
  }
}
