import { mkdir, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { type BlobStore, blobRefused, callCoordinator, diskBlobs, remoteBlobs } from './blobs.ts'
import { Failure } from './failure.ts'
import { type Digest, isDigest, isSweepId, type SweepId } from './ids.ts'

/**
 * Blobs that belong to one sweep and go with it: the artifacts of its trials. Each sweep has a place of
 * its own, so that nobody has to count who else holds the same bytes.
 */
export interface SweepBlobs {
  of(sweep: SweepId): BlobStore
  /** Removes all that there is of a sweep; done twice, nothing happens. */
  remove(sweep: SweepId): Promise<void>
}

/** The farm's own state is beside them and goes first: artifacts may not take the last of a disk. */
const LEAST_FREE_BYTES = 2 ** 30

/**
 * A folder for each sweep. `put` throws Failure `disk.full` while the disk has less than
 * `leastFreeBytes` left.
 */
export function diskSweepBlobs(folder: string, leastFreeBytes = LEAST_FREE_BYTES): SweepBlobs {
  return {
    of(sweep) {
      const blobs = diskBlobs(join(folder, sweep))
      return {
        ...blobs,
        async put(bytes) {
          await mkdir(folder, { recursive: true })
          const { bavail, bsize } = await statfs(folder)
          if (bavail * bsize - bytes.length < leastFreeBytes) throw diskFull(folder)
          return blobs.put(bytes)
        },
      }
    },
    remove: (sweep) => rm(join(folder, sweep), { recursive: true, force: true }),
  }
}

function diskFull(folder: string): Failure {
  const message = `There is too little room left for artifacts at ${folder}. Free some, or delete sweeps.`
  return new Failure('disk.full', message, { facts: { folder } })
}

/** Behind the coordinator's HTTP address: `/artifacts/<sweep>/<digest>`. */
export function remoteSweepBlobs(coordinatorUrl: string): SweepBlobs {
  return {
    of: (sweep) => remoteBlobs(coordinatorUrl, `/artifacts/${sweep}`),
    async remove(sweep) {
      const url = new URL(`/artifacts/${sweep}`, coordinatorUrl)
      const response = await callCoordinator(url, { method: 'DELETE' })
      if (!response.ok) throw await blobRefused(response)
    },
  }
}

/** What a path of the form `/artifacts/<sweep>` or `/artifacts/<sweep>/<digest>` names, or null. */
export function sweepBlobOfPath(path: string): { sweep: SweepId; digest: Digest | null } | null {
  const [, place, sweep = '', digest, ...more] = path.split('/')
  if (place !== 'artifacts' || !isSweepId(sweep) || more.length > 0) return null
  if (digest === undefined) return { sweep, digest: null }
  return isDigest(digest) ? { sweep, digest } : null
}
