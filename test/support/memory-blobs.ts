import type { BlobStore } from '../../core/blobs.ts'
import { Failure } from '../../core/failure.ts'
import { type Digest, digestOf } from '../../core/ids.ts'

/** Blobs of a test, in memory. */
export function memoryBlobs(): BlobStore {
  const blobs = new Map<Digest, Uint8Array>()
  return {
    async put(bytes) {
      const digest = digestOf(bytes)
      blobs.set(digest, bytes)
      return digest
    },
    async get(digest) {
      const bytes = blobs.get(digest)
      if (bytes === undefined) throw new Failure('blob.not-found', `There is no blob ${digest}.`)
      return bytes
    },
    async has(digest) {
      return blobs.has(digest)
    },
  }
}
