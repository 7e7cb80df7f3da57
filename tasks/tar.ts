import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import tarStream, { type Header, type Pack } from 'tar-stream'
import { problemsFailure } from '../core/problems.ts'
import { readFileTree, type TreeFile, type TreeOptions } from './file-tree.ts'

/** Docker's own matching rules; the package's types claim a default export that it does not have. */
const dockerignore: typeof import('@balena/dockerignore').default = createRequire(import.meta.url)(
  '@balena/dockerignore',
)

/** Bytes to put at a path. */
export interface TarEntry {
  /** Relative, with `/`. */
  readonly path: string
  readonly bytes: Uint8Array | string
  /** 0o644 by default. */
  readonly mode?: number
}

export interface TarOptions {
  /** Folder that everything is put into, for example `tests`; absent: the top. */
  readonly prefix?: string
  /** Owner of everything; 0 by default. */
  readonly uid?: number
  readonly gid?: number
  /** Mode of every file; absent: 0o755 where the owner may execute it, else 0o644. */
  readonly mode?: number
  /** Mode of every folder; 0o755 by default. */
  readonly directoryMode?: number
}

export interface TarDirectoryOptions extends TarOptions, TreeOptions {
  /** Leave out what this says yes to; paths are relative to the folder. */
  readonly ignore?: (path: string) => boolean
}

/** A tar of files held in memory, in the order given. */
export function tarOfEntries(entries: readonly TarEntry[], options: TarOptions = {}): Readable {
  return tarOf(async (pack) => {
    const folders = new Folders(options)
    folders.addAbove('', pack)
    for (const { path, bytes, mode } of entries) {
      const content = Buffer.from(bytes)
      folders.addAbove(path, pack)
      const header = headerOf(path, { ...options, mode: options.mode ?? mode ?? 0o644 })
      await new Promise<void>((resolve, reject) => {
        pack.entry(header, content, (error) => (error ? reject(error) : resolve()))
      })
    }
  })
}

/**
 * A tar of a folder: sorted, links followed, no times, so that equal content makes equal bytes.
 *
 * @throws Failure `input.invalid` naming every link that leads outside, and what is no file.
 */
export async function tarOfDirectory(
  dir: string,
  { ignore = () => false, ...options }: TarDirectoryOptions = {},
): Promise<Readable> {
  const { files, problems } = await readFileTree(dir, options)
  if (problems.length > 0) throw problemsFailure('input.invalid', dir, problems)
  return tarOfFiles(
    files.filter(({ path }) => !ignore(path)),
    options,
  )
}

/**
 * A folder as `docker build` would send it: without what its .dockerignore (or the
 * Dockerfile.dockerignore that goes before it) names. Docker's own rule, the Dockerfile and the
 * ignore file always go along.
 */
export async function tarOfBuildContext(dir: string, options: TreeOptions = {}): Promise<Readable> {
  const rules =
    (await readOptional(join(dir, 'Dockerfile.dockerignore'))) ??
    (await readOptional(join(dir, '.dockerignore')))
  if (rules === null) return tarOfDirectory(dir, options)
  const filter = dockerignore().add(rules.split(/\r?\n/)).createFilter()
  const always = ['Dockerfile', '.dockerignore', 'Dockerfile.dockerignore']
  const ignore = (path: string) => !always.includes(path) && !filter(path.replace(/\/$/, ''))
  return tarOfDirectory(dir, { ...options, ignore })
}

/** A tar of files on disk, in the order given. Ends with an error when one changes meanwhile. */
export function tarOfFiles(files: readonly TreeFile[], options: TarOptions = {}): Readable {
  return tarOf(async (pack) => {
    const folders = new Folders(options)
    folders.addAbove('', pack)
    for (const { path, source, executable, bytes } of files) {
      folders.addAbove(path, pack)
      if (path.endsWith('/')) continue
      const mode = options.mode ?? (executable ? 0o755 : 0o644)
      const entry = pack.entry({ ...headerOf(path, { ...options, mode }), size: bytes })
      await pipeline(createReadStream(source), entry)
    }
  })
}

/** Each folder goes in once, before what is in it. */
class Folders {
  readonly #done = new Set<string>()
  readonly #options: TarOptions

  constructor(options: TarOptions) {
    this.#options = options
  }

  /** @param path of a file, or of a folder with `/` at its end, which is then added as well; the
   * prefix always is. */
  addAbove(path: string, pack: Pack): void {
    const top = prefixOf(this.#options) === '' ? [] : ['']
    const parts = path.split('/').slice(0, -1)
    for (const folder of [...top, ...parts.map((_, n) => parts.slice(0, n + 1).join('/'))]) {
      if (this.#done.has(folder)) continue
      this.#done.add(folder)
      const mode = this.#options.directoryMode ?? 0o755
      const header = headerOf(folder, { ...this.#options, mode })
      pack.entry({ ...header, type: 'directory' })
    }
  }
}

function headerOf(
  path: string,
  options: TarOptions & { readonly mode: number },
): Omit<Header, 'size' | 'linkname' | 'devmajor' | 'devminor'> {
  const name = [prefixOf(options), path].filter((part) => part !== '').join('/')
  const { mode, uid = 0, gid = 0 } = options
  return { name, mode, uid, gid, uname: '', gname: '', mtime: new Date(0), type: 'file' }
}

function prefixOf({ prefix = '' }: TarOptions): string {
  return prefix.replace(/^\/+|\/+$/g, '')
}

function tarOf(write: (pack: Pack) => Promise<void>): Readable {
  const pack = tarStream.pack()
  write(pack).then(
    () => pack.finalize(),
    (error: unknown) => pack.destroy(error instanceof Error ? error : new Error(String(error))),
  )
  return Readable.from(pack, { objectMode: false })
}

async function readOptional(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
}
