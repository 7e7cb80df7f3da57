import { createReadStream, createWriteStream } from 'node:fs'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { extract } from 'tar-stream'
import type { BinaryPin } from './binary-pins.ts'
import type { BinarySource } from './binary-source.ts'
import { download } from './download.ts'
import { sha256Of } from './sha256-of.ts'

/** The project's own release page. Short waits: where it cannot be reached, the next source is tried. */
export const releaseSource: BinarySource = {
  name: 'the official release',
  async fetch(pin, { folder, environment }) {
    const archive = join(folder, 'release.tar.gz')
    await download(pin.archive.url, archive, { idleMs: 8_000, totalMs: 300_000, environment })
    const sha256 = await sha256Of(archive)
    if (sha256 !== pin.archive.sha256) {
      throw new Error(`the archive has sha256 ${sha256}, the pinned one is ${pin.archive.sha256}`)
    }
    const file = join(folder, pin.name)
    await extractBinary(archive, file, pin)
    return { file, archiveSha256: sha256 }
  },
}

async function extractBinary(archive: string, file: string, { name }: BinaryPin): Promise<void> {
  const entries = extract()
  const reading = pipeline(createReadStream(archive), createGunzip(), entries)
  let found = false
  for await (const entry of entries) {
    if (basename(entry.header.name) === name && entry.header.type === 'file') {
      found = true
      await pipeline(entry, createWriteStream(file))
    } else {
      entry.resume()
    }
  }
  await reading
  if (!found) throw new Error(`the archive holds no ${name}`)
}
