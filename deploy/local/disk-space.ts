import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Failure } from '../../core/failure.ts'

export const LEAST_DISK_BYTES = 1e9
/** Below this `doctor` warns: images and trajectories of one sweep easily take it. */
export const COMFORTABLE_DISK_BYTES = 5e9

/** Free bytes where a folder is, or where it would be made. */
export async function freeDiskBytes(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder)
    return bavail * bsize
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (!missing || folder === dirname(folder)) throw error
    return freeDiskBytes(dirname(folder))
  }
}

/** @throws Failure `disk.full` when less than 1 GB is free. */
export async function assertDiskSpace(folder: string): Promise<void> {
  const free = await freeDiskBytes(folder)
  if (free >= LEAST_DISK_BYTES) return
  throw new Failure(
    'disk.full',
    `Only ${Math.floor(free / 1e6)} MB are free at ${folder}; the stack needs ${LEAST_DISK_BYTES / 1e9} GB. Free some, or use another disk: SBENCH_HOME=<folder>.`,
    { facts: { folder, freeBytes: free } },
  )
}
