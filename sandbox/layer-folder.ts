import { createReadStream } from 'node:fs'
import { lstat, readdir, readlink } from 'node:fs/promises'
import { basename } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import tarStream, { type Header, type Pack } from 'tar-stream'
import { kindOf, type Layers, layerPath } from './layers.ts'

/**
 * A folder that the container itself made or was given, as a tar like Docker's.
 *
 * @returns null when Docker has to read it: it is no folder of the upper layer alone.
 * @throws what `tooLarge` makes as soon as the files in it hold more than `maxBytes`.
 */
export async function readLayerFolder(
  layers: Layers,
  path: string,
  { maxBytes, tooLarge }: { readonly maxBytes: number; readonly tooLarge: () => Error },
): Promise<Uint8Array | null> {
  const folder = layerPath(path)
  if (folder === null || !(await isUpperFolder(layers, folder))) return null
  const pack = tarStream.pack()
  const whole = buffer(pack)
  let left = maxBytes
  const add = async (from: string, name: string): Promise<void> => {
    const facts = await lstat(from)
    const { mode, uid, gid, mtime, size } = facts
    const header = { name, mode: mode & 0o7777, uid, gid, mtime }
    if (facts.isDirectory()) {
      await addEntry(pack, { ...header, name: `${name}/`, type: 'directory' })
      for (const child of await readdir(from)) await add(`${from}/${child}`, `${name}/${child}`)
    } else if (facts.isSymbolicLink()) {
      await addEntry(pack, { ...header, type: 'symlink', linkname: await readlink(from) })
    } else if (facts.isFile()) {
      left -= size
      if (left < 0) throw tooLarge()
      await pipeline(createReadStream(from), pack.entry({ ...header, size }))
    } else if (facts.isFIFO()) {
      await addEntry(pack, { ...header, type: 'fifo' })
    }
  }
  try {
    await add(layers.upper + folder, basename(folder))
    pack.finalize()
    return await whole
  } catch (error) {
    pack.destroy()
    await whole.catch(() => undefined)
    throw error
  }
}

const addEntry = (pack: Pack, header: Partial<Header> & { readonly name: string }): Promise<void> =>
  new Promise((resolve, reject) => {
    pack.entry(header, (error) => (error ? reject(error) : resolve()))
  })

/** Every step to it is a folder of the upper layer, and the image has nothing in it to be merged. */
async function isUpperFolder({ upper, lowers }: Layers, path: string): Promise<boolean> {
  let folder = ''
  for (const name of path.split('/').slice(1)) {
    folder = `${folder}/${name}`
    if ((await kindOf(upper + folder)) !== 'folder') return false
  }
  for (const layer of lowers) {
    const names = await readdir(layer + path).catch(() => [])
    if (names.length > 0) return false
  }
  return true
}
