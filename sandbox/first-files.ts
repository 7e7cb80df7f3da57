import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type Docker from 'dockerode'
import { readArchive, tooLarge, writeArchive } from './archive.ts'
import { dockerCall, TIME_LIMITS } from './docker-call.ts'
import { readLayerArchive } from './layer-archive.ts'
import { writeLayer } from './layer-files.ts'
import { type Layers, layersOf } from './layers.ts'
import type { ArchiveLimits } from './sandbox.ts'

/** Unpacks a tar at the root of a container that has never run. */
export async function putFirstFiles(
  container: Docker.Container,
  files: Readable | Uint8Array,
): Promise<void> {
  const tar = files instanceof Uint8Array ? files : await buffer(files)
  const layers = await layersAt(container)
  if (layers !== null && (await writeLayer(layers, tar))) return
  await writeArchive(container, '/', tar)
}

/** A path of a container that has ended, see `Sandbox.getArchive`. */
export async function takeLastFiles(
  container: Docker.Container,
  path: string,
  limits: ArchiveLimits,
): Promise<Uint8Array | null> {
  const { maxBytes, leaveOut = () => false } = limits
  const layers = await layersAt(container)
  const options = { maxBytes, leaveOut, tooLarge: () => tooLarge(path, maxBytes) }
  const taken = layers === null ? null : await readLayerArchive(layers, path, options)
  return taken ?? readArchive(container, path, limits)
}

async function layersAt(container: Docker.Container): Promise<Layers | null> {
  const inspected = await dockerCall('tell of the container', TIME_LIMITS.readMs, (abortSignal) =>
    container.inspect({ abortSignal }),
  )
  return layersOf(inspected)
}
