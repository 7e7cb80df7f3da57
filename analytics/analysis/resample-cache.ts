import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { BootstrapCounts } from '../statistics/bootstrap.ts'

/** All that a bootstrap's result depends on: equal keys have equal bytes. */
export interface ResampleKey {
  readonly dataVersion: string
  readonly measure: string
  /** Whose pairs the simultaneous intervals are of; null for all. */
  readonly baseline: string | null
  readonly methodVersion: number
  readonly seed: number
  readonly resamples: number
}

/**
 * Counts of resamples kept in a folder, one file a key. A file that is damaged, or cannot be
 * written, costs no more than the time to draw again.
 */
export class ResampleCache {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** The counts of a key: those that are kept, or else those that `draw` makes, which are then kept. */
  async counts(key: ResampleKey, draw: () => Promise<BootstrapCounts>): Promise<BootstrapCounts> {
    const file = join(this.#folder, `${digestOf(key)}.zst`)
    const kept = await readFile(file)
      .then((bytes) => deserialize(zstdDecompressSync(bytes)) as BootstrapCounts)
      .catch(() => null)
    if (kept !== null && kept.resamples === key.resamples) return kept
    const counts = await draw()
    await this.#keep(file, counts).catch(() => {})
    return counts
  }

  async #keep(file: string, counts: BootstrapCounts): Promise<void> {
    await mkdir(this.#folder, { recursive: true })
    const partial = `${file}.${randomUUID()}`
    await writeFile(partial, zstdCompressSync(serialize(counts)))
    await rename(partial, file)
  }
}

function digestOf(key: ResampleKey): string {
  const { dataVersion, measure, baseline, methodVersion, seed, resamples } = key
  const text = JSON.stringify([dataVersion, measure, baseline, methodVersion, seed, resamples])
  return createHash('sha256').update(text).digest('hex')
}
