import { buffer } from 'node:stream/consumers'
import tarStream from 'tar-stream'

/** Regular files of a tar by path below its top folder; links and devices are named apart. */
export interface TarFiles {
  readonly files: ReadonlyMap<string, Buffer>
  /** Paths of what is neither a file nor a folder. */
  readonly others: readonly string[]
}

/**
 * Reads what `getArchive` gave for a folder: entries are called `<folder>/…`.
 *
 * @param wanted which files to keep; the rest is skipped without being held.
 */
export async function readTarFiles(
  tar: Uint8Array,
  wanted: (path: string) => boolean,
): Promise<TarFiles> {
  const extract = tarStream.extract()
  extract.end(tar)
  const files = new Map<string, Buffer>()
  const others: string[] = []
  for await (const entry of extract) {
    const { name, type } = entry.header
    const path = name.slice(name.indexOf('/') + 1)
    if (type === 'file' && wanted(path)) files.set(path, await buffer(entry))
    else if (type !== 'file' && type !== 'directory') others.push(path)
    entry.resume()
  }
  return { files, others }
}
