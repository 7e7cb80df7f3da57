import { createWriteStream } from 'node:fs'
import { chmod, chown, mkdir, readdir, rm, symlink, utimes } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import tarStream, { type Extract, type Header } from 'tar-stream'
import { factsOf, kindOf, type Layers, layerPath } from './layers.ts'

type Entry = Extract extends AsyncIterable<infer Item> ? Item : never

/**
 * Unpacks a tar at the root of a container that has never run, as Docker would.
 *
 * @returns false, with nothing written that matters, when Docker has to do it: a path leads through
 *   a link, or something in the image would have to be hidden.
 */
export async function writeLayer(layers: Layers, tar: Uint8Array): Promise<boolean> {
  try {
    const extract = tarStream.extract()
    extract.end(Buffer.from(tar))
    for await (const entry of extract) {
      if (!(await writeEntry(layers, entry))) return false
    }
    return true
  } catch {
    return false
  }
}

async function writeEntry(layers: Layers, entry: Entry): Promise<boolean> {
  const path = layerPath(entry.header.name)
  if (path === null || !(await openParents(layers, path))) return false
  const target = layers.upper + path
  const { type } = entry.header
  if (type === 'directory') {
    entry.resume()
    return makeFolder(layers, path, entry.header)
  }
  if (kindOf(target) === 'folder' || lowerOf(layers, path)?.kind === 'folder') {
    return wipeFolder(layers, path, entry)
  }
  await rm(target, { force: true })
  if (type === 'file') await pipeline(entry, createWriteStream(target, { flags: 'wx' }))
  else if (type === 'symlink') {
    entry.resume()
    await symlink(entry.header.linkname ?? '', target)
    return true
  } else return false
  await own(target, entry.header)
  return true
}

/** A file in the place of a folder, which a tar uses to wipe it: no need where there is nothing in it. */
async function wipeFolder(layers: Layers, path: string, entry: Entry): Promise<boolean> {
  entry.resume()
  const folders = [layers.upper, ...layers.lowers].map((layer) => layer + path)
  for (const folder of folders) {
    const names = await readdir(folder).catch(() => [])
    if (names.length > 0) return false
  }
  return true
}

async function makeFolder(layers: Layers, path: string, header: Header): Promise<boolean> {
  const target = layers.upper + path
  const present = kindOf(target)
  if (present === 'other') await rm(target, { force: true })
  if (present !== 'folder') {
    // Over something that is no folder the new one hides it; over a folder the two are one.
    await mkdir(target)
  }
  await own(target, header)
  return true
}

/** Makes the folders above a path in the upper layer as the container sees them. */
async function openParents(layers: Layers, path: string): Promise<boolean> {
  const names = path.split('/').slice(1, -1)
  let folder = ''
  for (const name of names) {
    folder = `${folder}/${name}`
    const present = kindOf(layers.upper + folder)
    if (present === 'folder') continue
    if (present === 'other') return false
    const lower = lowerOf(layers, folder)
    if (lower === null || lower.kind !== 'folder') {
      if (lower !== null) return false
      await mkdir(layers.upper + folder, { mode: 0o755 })
      continue
    }
    await mkdir(layers.upper + folder)
    await own(layers.upper + folder, lower)
  }
  return true
}

interface Owned {
  readonly mode?: number | undefined
  readonly uid?: number | undefined
  readonly gid?: number | undefined
  readonly mtime?: Date | undefined
}

async function own(path: string, { mode, uid = 0, gid = 0, mtime }: Owned): Promise<void> {
  await chown(path, uid, gid)
  if (mode !== undefined) await chmod(path, mode & 0o7777)
  if (mtime !== undefined) await utimes(path, mtime, mtime)
}

interface Lower extends Owned {
  readonly kind: 'folder' | 'other'
}

/** What the image has at a path; a removal in one of its layers hides what is below. */
function lowerOf({ lowers }: Layers, path: string): Lower | null {
  for (const layer of lowers) {
    if (isHidden(layer, path)) return null
    const facts = factsOf(layer + path)
    if (facts === null) continue
    if (facts.isCharacterDevice() && facts.rdev === 0) return null
    const { mode, uid, gid, mtime } = facts
    return { kind: facts.isDirectory() ? 'folder' : 'other', mode, uid, gid, mtime }
  }
  return null
}

/** Something above the path is no folder in this layer: nothing of it is seen. */
function isHidden(layer: string, path: string): boolean {
  const names = path.split('/').slice(1, -1)
  let folder = ''
  for (const name of names) {
    folder = `${folder}/${name}`
    const kind = kindOf(layer + folder)
    if (kind === 'none') return false
    if (kind === 'other') return true
  }
  return false
}
