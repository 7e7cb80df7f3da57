import { buffer } from 'node:stream/consumers'
import tarStream, { type Header } from 'tar-stream'
import {
  type ArtifactFile,
  type ArtifactPackage,
  isArtifactPath,
  type LeftOut,
} from '../../core/artifact-package.ts'
import { excludes } from '../../grader/tar-exclude.ts'
import type { ArchiveLimits } from '../../sandbox/sandbox.ts'

/** More files than this of one draft are not kept, whatever their size. */
const MAX_FILES = 10_000
/** Why what is too large, or too many, is left out. */
export const NO_ROOM = 'there is no room for it'
/** So many of what is left out are named. */
const MAX_NAMED = 100
/** What a tar may need beside the contents that are kept: entries of some ten thousand names. */
const ENTRIES_BYTES = 32 * 1024 * 1024

/** Where files go that are about to be read. */
export interface Destination {
  /** What is read is put here: one of the folders of artifacts, or a path below one. */
  readonly into: string
  /** Patterns as of `tar --exclude`, from the task. */
  readonly exclude?: readonly string[]
}

/** One archive that is about to be read, and then added. */
export interface ArtifactReading {
  /** Leaves out what there is no room for before it is read. */
  readonly limits: ArchiveLimits
  /** Adds what came, and says what was left out. */
  add(tar: Uint8Array): Promise<void>
}

/**
 * Collects what is kept of an attempt, within its room. What comes in was made by an agent: only
 * regular files at paths that stay below their folder go on, everything else is named as left out.
 */
export class ArtifactDraft {
  readonly #files = new Map<string, ArtifactFile>()
  /** Every folder above a file. */
  readonly #folders = new Set<string>()
  readonly #leftOut: LeftOut[] = []
  #moreLeftOut = 0
  #left: number

  /** @param roomBytes for the contents of all files together. */
  constructor(roomBytes: number) {
    this.#left = roomBytes
  }

  get package(): ArtifactPackage {
    const files = [...this.#files.values()]
    return { files, leftOut: this.#leftOut, moreLeftOut: this.#moreLeftOut }
  }

  read({ into, exclude = [] }: Destination): ArtifactReading {
    const tooMuch: LeftOut[] = []
    let left = this.#left
    let files = this.#files.size
    const leaveOut = (below: string, bytes: number): boolean => {
      if (excludes(exclude, below)) return true
      files += 1
      if (bytes > left || files > MAX_FILES) {
        tooMuch.push({ path: joined(into, below), bytes, why: NO_ROOM })
        return true
      }
      left -= bytes
      return false
    }
    return {
      limits: { maxBytes: this.#left + ENTRIES_BYTES, leaveOut },
      add: async (tar) => {
        await this.#addTar(tar, { into, exclude })
        for (const { path, bytes, why } of tooMuch) this.leaveOut(path, bytes, why)
      },
    }
  }

  addFile(path: string, content: Uint8Array, { executable = false } = {}): void {
    const why = this.#refusal(path, content.length)
    if (why !== null) {
      this.leaveOut(path, content.length, why)
      return
    }
    this.#left -= content.length
    for (const folder of foldersAbove(path)) this.#folders.add(folder)
    this.#files.set(path, { path, content, executable })
  }

  #refusal(path: string, bytes: number): string | null {
    if (!isArtifactPath(path)) return 'its path leads out of its folder'
    const isTaken = [path, ...foldersAbove(path)].some((up) => this.#files.has(up))
    if (isTaken || this.#folders.has(path)) return 'something else is kept at its path'
    return bytes > this.#left || this.#files.size >= MAX_FILES ? NO_ROOM : null
  }

  leaveOut(path: string, bytes: number | null, why: string): void {
    if (this.#leftOut.length < MAX_NAMED) this.#leftOut.push({ path, bytes, why })
    else this.#moreLeftOut += 1
  }

  async #addTar(tar: Uint8Array, { into, exclude }: Required<Destination>): Promise<void> {
    const extract = tarStream.extract()
    extract.end(tar)
    const byName = new Map<string, Buffer>()
    for await (const entry of extract) {
      const { header } = entry
      const below = belowTop(header.name)
      const content = header.type === 'file' ? await buffer(entry) : linkedIn(byName, header)
      entry.resume()
      if (header.type === 'directory' || excludes(exclude, below)) continue
      const path = joined(into, below)
      if (content === undefined) {
        this.leaveOut(path, null, `it is a ${header.type ?? 'thing of no known kind'}`)
        continue
      }
      byName.set(header.name, content)
      this.addFile(path, content, { executable: ((header.mode ?? 0) & 0o100) !== 0 })
    }
  }
}

/** A hard link to a file that came before it has that one's content. */
function linkedIn(byName: ReadonlyMap<string, Buffer>, { type, linkname }: Header) {
  return type === 'link' ? byName.get(linkname ?? '') : undefined
}

/** Docker calls the top entry by the last part of the path that it read. */
const belowTop = (name: string) => name.split('/').slice(1).join('/').replace(/\/$/, '')

const joined = (into: string, below: string) => (below === '' ? into : `${into}/${below}`)

function foldersAbove(path: string): string[] {
  const steps = path.split('/')
  return steps.slice(1).map((_, index) => steps.slice(0, index + 1).join('/'))
}
