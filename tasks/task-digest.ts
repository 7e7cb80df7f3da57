import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type Digest, digestOf } from '../core/ids.ts'
import type { TreeFile } from './file-tree.ts'

/** A file as digests see it: `[path, mode, sha256 of the bytes]`, in JSON. */
export interface FilePrint {
  readonly path: string
  readonly line: string
}

export async function printFiles(files: readonly TreeFile[]): Promise<FilePrint[]> {
  const prints: FilePrint[] = []
  for (const file of files) {
    const { path, executable } = file
    const line = `${JSON.stringify([path, executable ? 'x' : '-', await hashOf(file)])}\n`
    prints.push({ path, line })
  }
  return prints
}

/**
 * The identity of a task: sha256 over the sorted paths, executable bits and bytes of its files.
 * Names of owners, times and the order of creation do not count; one byte or mode does.
 */
export function taskDigest(prints: readonly FilePrint[]): Digest {
  return digestOf(...prints.map(({ line }) => line))
}

/**
 * The identity of a task's image: `environment/` and the image it starts from. Tasks with an equal
 * one can share an image.
 */
export function environmentDigest(
  prints: readonly FilePrint[],
  dockerImage: string | undefined,
): Digest {
  const context = prints.filter(({ path }) => path.startsWith('environment/'))
  const start = JSON.stringify({ dockerImage: dockerImage ?? null })
  return digestOf(`${start}\n`, ...context.map(({ line }) => line))
}

async function hashOf(file: TreeFile): Promise<string> {
  const hash = createHash('sha256')
  if (file.path.endsWith('/')) return hash.digest('hex')
  for await (const chunk of createReadStream(file.source)) hash.update(chunk)
  return hash.digest('hex')
}
