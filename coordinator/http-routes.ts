import type { IncomingMessage, ServerResponse } from 'node:http'
import { type BlobStore, digestOfPath } from '../core/blobs.ts'
import { Failure } from '../core/failure.ts'
import { type Digest, digestOf } from '../core/ids.ts'
import { type SweepBlobs, sweepBlobOfPath } from '../core/sweep-blobs.ts'
import type { JoinAddresses } from './contract/fleet.ts'

/** Task packages are well below this; see `packTask`. */
const MAX_BLOB_BYTES = 512 * 1024 * 1024

export interface CoordinatorStores {
  /** Task packages and manifests. */
  readonly blobs: BlobStore
  /** What is kept of attempts. */
  readonly artifacts: SweepBlobs
}

/** RFC 4918, 11.5. */
const INSUFFICIENT_STORAGE = 507

/** What other processes ask the coordinator for: the stack's addresses, and blobs. */
export function coordinatorRoutes(
  { blobs, artifacts }: CoordinatorStores,
  addresses: JoinAddresses,
) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const path = (request.url ?? '/').split('?')[0] ?? '/'
    if (path === '/join') {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(addresses))
      return true
    }
    const digest = digestOfPath(path)
    const artifact = sweepBlobOfPath(path)
    if (digest !== null) {
      await serveBlob({ blobs, digest, request, response })
    } else if (artifact === null) {
      return false
    } else if (artifact.digest !== null) {
      const ofSweep = artifacts.of(artifact.sweep)
      await serveBlob({ blobs: ofSweep, digest: artifact.digest, request, response })
    } else if (request.method === 'DELETE') {
      await artifacts.remove(artifact.sweep)
      answer(response, 200, 'removed')
    } else {
      answer(response, 405, 'DELETE the artifacts of a sweep, or name one of them.')
    }
    return true
  }
}

interface BlobRequest {
  readonly blobs: BlobStore
  readonly digest: Digest
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

async function serveBlob({ blobs, digest, request, response }: BlobRequest): Promise<void> {
  if (request.method === 'PUT') {
    const bytes = await bodyOf(request)
    if (bytes === null)
      return answer(response, 413, `A blob holds at most ${MAX_BLOB_BYTES} bytes.`)
    if (digestOf(bytes) !== digest) return answer(response, 400, 'The bytes are not the digest’s.')
    try {
      await blobs.put(bytes)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      return answer(response, INSUFFICIENT_STORAGE, error.message)
    }
    return answer(response, 201, 'stored')
  }
  if (request.method === 'HEAD') {
    return answer(response, (await blobs.has(digest)) ? 200 : 404, '')
  }
  if (request.method !== 'GET') return answer(response, 405, 'GET, HEAD or PUT a blob.')
  try {
    const bytes = await blobs.get(digest)
    response.writeHead(200, { 'content-type': 'application/octet-stream' })
    response.end(bytes)
  } catch (error) {
    if (error instanceof Failure) return answer(response, 404, error.message)
    throw error
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer | null> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of request) {
    bytes += piece.length
    if (bytes > MAX_BLOB_BYTES) return null
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' })
  response.end(text === '' ? undefined : `${text}\n`)
}
