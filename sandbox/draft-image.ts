import { createReadStream } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type Docker from 'dockerode'
import { z } from 'zod'
import { digestOf } from '../core/ids.ts'
import type { CertificateSearch, LayerSearch } from './certificate-search.ts'
import { dockerCall, TIME_LIMITS } from './docker-call.ts'
import { type DraftImage, readImageArchive } from './image-archive.ts'

export interface DraftOptions {
  /** Id of the image. */
  readonly image: string
  readonly search: CertificateSearch
  /** Digests of layers that need no look; those that had one are added. */
  readonly clean: Set<string>
}

/**
 * Reads the daemon's own files where this process can, in milliseconds; else asks Docker for the
 * whole image as an archive, in seconds.
 */
export async function readDraft(docker: Docker, options: DraftOptions): Promise<DraftImage> {
  return (await readFolders(docker, options)) ?? (await readSaved(docker, options))
}

const daemon = z.object({ DockerRootDir: z.string(), Driver: z.literal('overlay2') })
const overlay = z.object({
  RootFS: z.object({ Layers: z.array(z.string()) }),
  GraphDriver: z.object({
    Data: z.object({ UpperDir: z.string(), LowerDir: z.string().optional() }),
  }),
})

/** Null when the daemon's folder cannot be read, or is not laid out as this version knows it. */
async function readFolders(
  docker: Docker,
  { image, search, clean }: DraftOptions,
): Promise<DraftImage | null> {
  const info = daemon.safeParse(await ask('tell of itself', () => docker.info()))
  const facts = overlay.safeParse(
    await ask('tell of an image', () => docker.getImage(image).inspect()),
  )
  if (!info.success || !facts.success) return null
  const { DockerRootDir, Driver } = info.data
  const store = join(DockerRootDir, 'image', Driver, 'imagedb/content/sha256')
  const config = await readFile(join(store, image.replace('sha256:', ''))).catch(() => null)
  const { UpperDir, LowerDir } = facts.data.GraphDriver.Data
  const folders = [UpperDir, ...(LowerDir === undefined ? [] : LowerDir.split(':'))].reverse()
  const layers = facts.data.RootFS.Layers
  if (config === null || digestOf(config) !== image || folders.length !== layers.length) return null
  let holdsCertificates = false
  for (const [at, folder] of folders.entries()) {
    const layer = layers[at] ?? ''
    if (!search.hasAny || clean.has(layer)) continue
    const looking = search.begin()
    if (!(await searchFolder(folder, looking))) return null
    if (looking.isFound()) holdsCertificates = true
    else clean.add(layer)
  }
  return { config, holdsCertificates }
}

/** Below this a file is read at once. */
const SMALL_BYTES = 8 * 1024 * 1024

/** False when a file cannot be read. */
async function searchFolder(folder: string, looking: LayerSearch): Promise<boolean> {
  try {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) {
        if (!(await searchFolder(path, looking))) return false
      } else if (entry.isFile()) {
        await searchFile(path, looking)
        looking.endFile()
      }
    }
    return true
  } catch {
    return false
  }
}

async function searchFile(path: string, looking: LayerSearch): Promise<void> {
  if ((await stat(path)).size <= SMALL_BYTES) return looking.push(await readFile(path))
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    looking.push(chunk)
  }
}

async function readSaved(docker: Docker, { image, search }: DraftOptions): Promise<DraftImage> {
  const archive = await ask('begin to save an image', () => docker.getImage(image).get())
  return readImageArchive(Readable.from(archive, { objectMode: false }), search)
}

function ask<Answer>(what: string, call: () => Promise<Answer>): Promise<Answer> {
  return dockerCall(what, TIME_LIMITS.changeMs, call)
}
