import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure, messageOf } from './failure.ts'
import { type Digest, digestOf, isDigest } from './ids.ts'

/** Bytes named by their digest: task packages and sweep manifests. What is stored never changes. */
export interface BlobStore {
  /** Storing the same bytes twice changes nothing. */
  put(bytes: Uint8Array): Promise<Digest>
  /** @throws Failure `blob.not-found`. */
  get(digest: Digest): Promise<Uint8Array>
  has(digest: Digest): Promise<boolean>
}

/** Blobs as files of a folder, each written whole, synced, and only then named. */
export function diskBlobs(folder: string): BlobStore {
  const pathOf = (digest: Digest) => join(folder, digest.replace('sha256:', ''))
  return {
    async put(bytes) {
      const digest = digestOf(bytes)
      if (await this.has(digest)) return digest
      await mkdir(folder, { recursive: true })
      const draft = join(folder, `.${randomUUID()}`)
      try {
        await using file = await open(draft, 'w')
        await file.writeFile(bytes)
        await file.sync()
        await rename(draft, pathOf(digest))
        return digest
      } catch (error) {
        await rm(draft, { force: true })
        throw error
      }
    },
    async get(digest) {
      try {
        return await readFile(pathOf(digest))
      } catch (cause) {
        throw blobNotFound(digest, cause)
      }
    },
    async has(digest) {
      return stat(pathOf(digest)).then(
        () => true,
        () => false,
      )
    },
  }
}

/**
 * Blobs behind the coordinator's HTTP address; what arrives is checked.
 *
 * @param place the path that digests follow.
 */
export function remoteBlobs(coordinatorUrl: string, place = '/blobs'): BlobStore {
  const urlOf = (digest: Digest) => new URL(`${place}/${digest}`, coordinatorUrl)
  return {
    async put(bytes) {
      const digest = digestOf(bytes)
      if (await this.has(digest)) return digest
      const response = await callCoordinator(urlOf(digest), {
        method: 'PUT',
        body: Buffer.from(bytes),
      })
      if (!response.ok) throw await blobRefused(response)
      return digest
    },
    async get(digest) {
      const response = await callCoordinator(urlOf(digest), { method: 'GET' })
      if (response.status === 404) throw blobNotFound(digest)
      if (!response.ok) throw await blobRefused(response)
      const bytes = new Uint8Array(await response.arrayBuffer())
      if (digestOf(bytes) !== digest) throw blobNotFound(digest, 'its bytes arrived damaged')
      return bytes
    },
    async has(digest) {
      const response = await callCoordinator(urlOf(digest), { method: 'HEAD' })
      return response.ok
    },
  }
}

/** A JSON document as a blob. */
export async function putJson(blobs: BlobStore, value: unknown): Promise<Digest> {
  return blobs.put(Buffer.from(JSON.stringify(value)))
}

export async function getJson<Value>(blobs: BlobStore, digest: Digest): Promise<Value> {
  return JSON.parse(Buffer.from(await blobs.get(digest)).toString('utf8')) as Value
}

/** Digest from a path of the form `/blobs/<digest>`, or null. */
export function digestOfPath(path: string): Digest | null {
  const [, folder, digest = ''] = path.split('/')
  return folder === 'blobs' && isDigest(digest) ? digest : null
}

const CALL_TIMEOUT_MS = 60_000

/** @throws Failure `stack.part-failed` without an answer. */
export async function callCoordinator(url: URL, options: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...options, signal: AbortSignal.timeout(CALL_TIMEOUT_MS) })
  } catch (cause) {
    throw new Failure(
      'stack.part-failed',
      `The coordinator at ${url.origin} does not answer (${messageOf(cause)}). Is it running?`,
      { cause },
    )
  }
}

export async function blobRefused(response: Response): Promise<Failure> {
  const text = (await response.text()).trim()
  return new Failure('stack.part-failed', `The coordinator refused a blob: ${text}`, {
    facts: { status: response.status },
  })
}

function blobNotFound(digest: Digest, cause?: unknown): Failure {
  return new Failure('blob.not-found', `The coordinator holds no blob ${digest}.`, {
    facts: { digest },
    cause,
  })
}
