import { lstat, readdir } from 'node:fs/promises'
import { z } from 'zod'
import { factsOf } from './layers.ts'
import type { FileChange } from './system-changes.ts'

const overlay = z.object({
  GraphDriver: z.object({
    Name: z.literal('overlay2'),
    Data: z.object({ UpperDir: z.string(), LowerDir: z.string() }),
  }),
})

/** More than this is left to Docker, whose walk does not grow with what the agent made. */
const MAX_ENTRIES = 200_000

/**
 * What a container changed, read from the layer that it writes to: a few milliseconds, where
 * Docker's `changes` compares the whole file system with its image (0.1 s for 200 MB, seconds for a
 * large one). Null when this process cannot read the daemon's folder, or it stores files otherwise.
 *
 * @param inspected what Docker says of the container.
 * @see Linux, Documentation/filesystems/overlayfs.rst: a removed file is a character device 0/0.
 */
export async function readUpperLayer(inspected: unknown): Promise<FileChange[] | null> {
  const parsed = overlay.safeParse(inspected)
  if (!parsed.success) return null
  const { UpperDir: upper, LowerDir } = parsed.data.GraphDriver.Data
  const lowers = LowerDir.split(':')
  try {
    const changes: FileChange[] = []
    const folders = [{ folder: '', isNew: false }]
    for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
      const { folder, isNew } = next
      for (const entry of await readdir(upper + folder, { withFileTypes: true })) {
        const path = `${folder}/${entry.name}`
        const removed = entry.isCharacterDevice() && (await isWhiteout(upper + path))
        const added = isNew || !(removed || isBelow(path, lowers))
        changes.push({ Path: path, Kind: removed ? 2 : added ? 1 : 0 })
        if (entry.isDirectory()) folders.push({ folder: path, isNew: added })
        if (changes.length > MAX_ENTRIES) return null
      }
    }
    return changes
  } catch {
    return null
  }
}

async function isWhiteout(path: string): Promise<boolean> {
  return (await lstat(path)).rdev === 0
}

const isBelow = (path: string, lowers: readonly string[]): boolean =>
  lowers.some((lower) => factsOf(lower + path) !== null)
