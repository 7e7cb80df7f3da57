import { createReadStream, type Stats } from 'node:fs'
import { lstat, readdir, readlink } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import tarStream, { type Header, type Pack } from 'tar-stream'
import { factsOf, kindOf, type Layers, layerPath } from './layers.ts'
import type { LeaveOut } from './sandbox.ts'

export interface LayerArchiveOptions {
  readonly maxBytes: number
  readonly leaveOut: LeaveOut
  readonly tooLarge: () => Error
}

/** What a tar needs for an entry beside its content. */
export const ENTRY_BYTES = 512

/**
 * A folder or file that the container itself made or was given, as a tar like Docker's.
 *
 * @returns null when Docker has to read it: it is not of the upper layer alone, or has a name that is
 *   not UTF-8.
 * @throws what `tooLarge` makes as soon as there is more than `maxBytes`, contents and entries.
 */
export async function readLayerArchive(
  layers: Layers,
  path: string,
  { maxBytes, leaveOut, tooLarge }: LayerArchiveOptions,
): Promise<Uint8Array | null> {
  const top = layerPath(path)
  if (top === null || !(await isOfUpperLayer(layers, top))) return null
  const pack = tarStream.pack()
  const whole = buffer(pack)
  let left = maxBytes
  const take = (bytes: number) => {
    left -= bytes
    if (left < 0) throw tooLarge()
  }
  const add = async (from: string, name: string, below: string): Promise<void> => {
    if (name.includes(NOT_UTF8)) throw new NotUtf8()
    take(ENTRY_BYTES)
    const facts = await lstat(from)
    const header = headerOf(name, facts)
    if (facts.isDirectory()) {
      await addEntry(pack, { ...header, name: `${name}/`, type: 'directory' })
      for (const child of await readdir(from)) {
        const childBelow = below === '' ? child : `${below}/${child}`
        await add(`${from}/${child}`, `${name}/${child}`, childBelow)
      }
    } else if (facts.isSymbolicLink()) {
      await addEntry(pack, { ...header, type: 'symlink', linkname: await readlink(from) })
    } else if (facts.isFile()) {
      const { size } = facts
      if (leaveOut(below, size)) return
      take(size)
      await pipeline(createReadStream(from), pack.entry({ ...header, size }))
    } else if (facts.isFIFO()) {
      await addEntry(pack, { ...header, type: 'fifo' })
    }
  }
  try {
    await add(layers.upper + top, basename(top), '')
    pack.finalize()
    return await whole
  } catch (error) {
    pack.destroy()
    await whole.catch(() => undefined)
    if (error instanceof NotUtf8) return null
    throw error
  }
}

/** What Node makes of bytes that are not UTF-8: the name then leads to no file. */
const NOT_UTF8 = '\ufffd'
class NotUtf8 extends Error {}

function headerOf(name: string, { mode, uid, gid, mtime }: Stats) {
  return { name, mode: mode & 0o7777, uid, gid, mtime }
}

const addEntry = (pack: Pack, header: Partial<Header> & { readonly name: string }): Promise<void> =>
  new Promise((resolve, reject) => {
    pack.entry(header, (error) => (error ? reject(error) : resolve()))
  })

/**
 * Every step to it is a folder of the upper layer, and the image has nothing in it to be merged: a file
 * hides whatever the image has there, a folder does not.
 */
async function isOfUpperLayer({ upper, lowers }: Layers, path: string): Promise<boolean> {
  let folder = dirname(path)
  for (; folder !== '/'; folder = dirname(folder)) {
    if (kindOf(upper + folder) !== 'folder') return false
  }
  const facts = factsOf(upper + path)
  if (facts === null || !facts.isDirectory()) return facts?.isFile() ?? false
  for (const layer of lowers) {
    const names = await readdir(layer + path).catch(() => [])
    if (names.length > 0) return false
  }
  return true
}
