import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import tarStream from 'tar-stream'
import { z } from 'zod'
import { tarOfEntries } from '../tasks/tar.ts'
import type { CertificateSearch } from './certificate-search.ts'

/** What must be known of a built image before it is given out. */
export interface DraftImage {
  /** Docker's own JSON of it; its digest is the image's id. */
  readonly config: Uint8Array
  /** Whether a layer that the build made holds the certificates. */
  readonly holdsCertificates: boolean
}

const manifest = z.tuple([z.object({ Config: z.string() })])
/** Larger than this is no JSON about an image. */
const JSON_BYTES = 4 * 1024 * 1024

/**
 * Reads an archive of `docker save`, of either layout: with a folder a layer, as before Engine 25,
 * or as an OCI layout with `blobs/sha256/…`, whose layers may be compressed.
 */
export async function readImageArchive(
  archive: Readable,
  search: CertificateSearch,
): Promise<DraftImage> {
  const texts = new Map<string, Buffer>()
  let holdsCertificates = false
  const extract = tarStream.extract()
  archive.on('error', (error) => extract.destroy(error))
  for await (const entry of archive.pipe(extract)) {
    const { name, size = 0, type } = entry.header
    if (type !== 'file') {
      entry.resume()
      continue
    }
    const looking = search.begin()
    if (size <= JSON_BYTES) {
      const bytes = await buffer(entry)
      texts.set(name, bytes)
      for await (const chunk of unpacked(Readable.from([bytes]))) looking.push(chunk)
    } else {
      for await (const chunk of unpacked(Readable.from(entry))) looking.push(chunk)
    }
    holdsCertificates ||= looking.isFound()
  }
  const [{ Config }] = manifest.parse(JSON.parse(String(texts.get('manifest.json'))))
  const config = texts.get(Config)
  if (config === undefined) throw new Error(`Docker saved an image without its ${Config}.`)
  return { config, holdsCertificates }
}

const GZIP = Buffer.from([0x1f, 0x8b])
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])

/** The first bytes say how it is packed. */
async function* unpacked(packed: Readable): AsyncGenerator<Buffer> {
  const pieces: AsyncIterator<Buffer> = packed[Symbol.asyncIterator]()
  const first = await pieces.next()
  if (first.done === true) return
  const begins = (magic: Buffer) => first.value.subarray(0, magic.length).equals(magic)
  const whole = Readable.from(joined(first.value, pieces))
  if (begins(GZIP)) yield* whole.pipe(createGunzip())
  else if (begins(ZSTD)) yield* whole.pipe(createZstdDecompress())
  else yield* whole
}

async function* joined(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value
}

/**
 * An archive for `docker load` of an image whose layers the daemon has already: it looks a layer up
 * by its digest and those below before it opens the layer's file, so none need be there.
 *
 * @param tag what the image shall be called.
 */
export function archiveWithoutLayers(
  config: { readonly bytes: Uint8Array; readonly digest: string; readonly layers: number },
  tag: string,
): Readable {
  const name = `${config.digest.replace('sha256:', '')}.json`
  const layers = Array.from({ length: config.layers }, (_, at) => `${at}/layer.tar`)
  const list = [{ Config: name, RepoTags: [tag], Layers: layers }]
  return tarOfEntries([
    { path: name, bytes: config.bytes },
    { path: 'manifest.json', bytes: JSON.stringify(list) },
  ])
}
