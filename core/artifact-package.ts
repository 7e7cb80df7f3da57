import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { constants, zstdCompress, zstdDecompress } from 'node:zlib'
import tarStream from 'tar-stream'
import { z } from 'zod'
import { Failure } from './failure.ts'

/**
 * What is kept of an attempt: `artifacts` what the task declares and `/logs/artifacts`, `agent` and
 * `verifier` what the two left in their folders of `/logs`.
 */
export const ARTIFACT_FOLDERS = ['artifacts', 'agent', 'verifier'] as const

/** A regular file; links, owners and times are not kept. */
export interface ArtifactFile {
  /** Relative, below one of {@link ARTIFACT_FOLDERS}. */
  readonly path: string
  readonly content: Uint8Array
  readonly executable: boolean
}

/** Something that was there, or should have been, and is not kept. */
export interface LeftOut {
  /** Where it would be if it were kept. */
  readonly path: string
  /** Null where nobody counted. */
  readonly bytes: number | null
  readonly why: string
}

export interface ArtifactPackage {
  readonly files: readonly ArtifactFile[]
  readonly leftOut: readonly LeftOut[]
  /** Further ones that were left out, not named. */
  readonly moreLeftOut: number
}

/** More than this of one attempt is neither packed nor unpacked, contents and all. */
export const MAX_PACKAGE_BYTES = 512 * 1024 * 1024

const LEFT_OUT = 'left-out.json'
const leftOutSchema = z.object({
  leftOut: z.array(
    z.object({ path: z.string(), bytes: z.number().nullable(), why: z.string() }).readonly(),
  ),
  more: z.number().int().nonnegative(),
})

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)
const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

/** The form in which artifacts travel and are stored: a tar in zstd. Equal files make equal bytes. */
export async function encodeArtifacts({
  files,
  leftOut,
  moreLeftOut: more,
}: ArtifactPackage): Promise<Uint8Array> {
  const pack = tarStream.pack()
  const whole = buffer(pack)
  const add = (name: string, content: Uint8Array | string, mode: number) =>
    pack.entry({ name, mode, mtime: new Date(0) }, Buffer.from(content))
  if (leftOut.length > 0) add(LEFT_OUT, JSON.stringify({ leftOut, more }), 0o644)
  for (const { path, content, executable } of files.toSorted(byPath)) {
    add(path, content, executable ? 0o755 : 0o644)
  }
  pack.finalize()
  return compress(await whole, LEVEL)
}

const byPath = (left: ArtifactFile, right: ArtifactFile) =>
  left.path < right.path ? -1 : Number(left.path > right.path)

/**
 * Reads a package as coming from strangers: nothing in it but regular files at paths that lead nowhere
 * else.
 *
 * @throws Failure `artifacts.invalid` on anything that {@link encodeArtifacts} does not write.
 */
export async function decodeArtifacts(bytes: Uint8Array): Promise<ArtifactPackage> {
  const extract = tarStream.extract()
  const files = new Map<string, ArtifactFile>()
  let rest: z.output<typeof leftOutSchema> = { leftOut: [], more: 0 }
  try {
    extract.end(await decompress(bytes, { maxOutputLength: MAX_PACKAGE_BYTES }))
    for await (const entry of extract) {
      const { name, type, mode = 0o644 } = entry.header
      const content = await buffer(entry)
      if (type !== 'file') throw invalid(`${shown(name)} is a ${type}`)
      if (name === LEFT_OUT) rest = leftOutSchema.parse(JSON.parse(content.toString('utf8')))
      else if (!isArtifactPath(name)) throw invalid(`${shown(name)} is no path of an artifact`)
      else if (files.has(name)) throw invalid(`${shown(name)} is there twice`)
      else files.set(name, { path: name, content, executable: (mode & 0o100) !== 0 })
    }
  } catch (cause) {
    throw cause instanceof Failure ? cause : invalid('it is damaged', cause)
  }
  return { files: [...files.values()], leftOut: rest.leftOut, moreLeftOut: rest.more }
}

/** Whether a path stays below one of {@link ARTIFACT_FOLDERS} wherever it is put. */
export function isArtifactPath(path: string): boolean {
  const [folder, ...below] = path.split('/')
  const isStep = (part: string) => part !== '' && part !== '.' && part !== '..'
  return (
    ARTIFACT_FOLDERS.some((name) => name === folder) &&
    below.length > 0 &&
    below.every(isStep) &&
    !path.includes('\0')
  )
}

function invalid(why: string, cause?: unknown): Failure {
  return new Failure('artifacts.invalid', `The package of artifacts is refused: ${why}.`, { cause })
}

const shown = (name: string) => JSON.stringify(name.slice(0, 200))
