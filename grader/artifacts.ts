import { posix } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import tarStream, { type Extract, type Pack } from 'tar-stream'
import { END_OF_TAR_BYTES } from '../sandbox/archive.ts'
import type { ImageFiles } from '../sandbox/sandbox.ts'
import type { Artifact } from '../tasks/task.ts'
import { excludes } from './tar-exclude.ts'

/** What becomes of one declared path. */
export interface CrossedArtifact {
  /** Absolute, in both containers. */
  readonly path: string
  readonly status: 'ok' | 'missing' | 'refused'
}

export interface Crossing {
  /** Without its end, so that another tar can follow. */
  readonly tar: Uint8Array
  readonly manifest: readonly CrossedArtifact[]
  readonly warnings: readonly string[]
}

/** All that one trial may hand over to a separate verifier. */
const MAX_ARTIFACT_BYTES = 256 * 1024 * 1024

/** What every agent may hand over without its task declaring it. */
const ALWAYS: Artifact = { source: '/logs/artifacts', exclude: [], service: 'main' }

/**
 * Copies `/logs/artifacts` and what the task declares out of the agent's files into a tar of
 * absolute paths: all that a separate verifier gets to see of the agent. Links that lead out of an
 * artifact stay behind: one to `/tests` would let the agent hand in the verifier's own answers.
 */
export async function packArtifacts(
  from: ImageFiles,
  artifacts: readonly Artifact[],
  workdir: string,
): Promise<Crossing> {
  const pack = tarStream.pack()
  const bytes = buffer(pack)
  const crossed = await copyArtifacts(from, artifacts, { workdir, pack })
  pack.finalize()
  return { ...crossed, tar: (await bytes).subarray(0, -END_OF_TAR_BYTES) }
}

async function copyArtifacts(
  from: ImageFiles,
  artifacts: readonly Artifact[],
  { workdir, pack }: { readonly workdir: string; readonly pack: Pack },
): Promise<Omit<Crossing, 'tar'>> {
  const manifest: CrossedArtifact[] = []
  const warnings: string[] = []
  let left = MAX_ARTIFACT_BYTES
  for (const { source, exclude } of [ALWAYS, ...artifacts]) {
    const path = posix.resolve(workdir, source)
    if (source.split('/').includes('..') || path === '/') {
      manifest.push({ path, status: 'refused' })
      warnings.push(`The artifact ${source} is refused: give a path without "..".`)
      continue
    }
    const tar = await from.getArchive(path, { maxBytes: left })
    if (tar === null) {
      manifest.push({ path, status: 'missing' })
      if (source !== ALWAYS.source) warnings.push(`The agent left no artifact ${path}.`)
      continue
    }
    left -= tar.length
    warnings.push(...(await copyInto(pack, tar, { path, exclude })))
    manifest.push({ path, status: 'ok' })
  }
  return { manifest, warnings }
}

type Entry = Extract extends AsyncIterable<infer Item> ? Item : never

/** Where the verifier's own files and its verdict are: nothing of the agent gets there. */
const CLOSED = ['/tests', '/logs/verifier']

interface Copied {
  readonly path: string
  readonly exclude: readonly string[]
}

async function copyInto(pack: Pack, tar: Uint8Array, { path, exclude }: Copied): Promise<string[]> {
  const extract = tarStream.extract()
  extract.end(tar)
  const warnings: string[] = []
  for await (const entry of extract) {
    // Docker calls the top entry by the last part of the path, whatever is below by that and more.
    const below = entry.header.name.split('/').slice(1).join('/').replace(/\/$/, '')
    const target = posix.join(path, below)
    if (below !== '' && excludes(exclude, below)) entry.resume()
    else if (CLOSED.some((closed) => isIn(target, closed))) entry.resume()
    else if (isSafe(entry, { target, path })) await copyEntry(pack, entry, target)
    else {
      entry.resume()
      warnings.push(`${target} did not cross over: it is a ${entry.header.type} that leads out.`)
    }
  }
  return warnings
}

function isSafe(
  { header }: Entry,
  { target, path }: { readonly target: string; readonly path: string },
): boolean {
  if (header.type === 'file' || header.type === 'directory') return true
  if (header.type !== 'symlink' || !header.linkname || header.linkname.startsWith('/')) return false
  const leadsTo = posix.resolve(posix.dirname(target), header.linkname)
  return target !== path && isIn(leadsTo, path)
}

const isIn = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`)

async function copyEntry(pack: Pack, entry: Entry, target: string): Promise<void> {
  const { header } = entry
  const name = `${target.slice(1)}${header.type === 'directory' ? '/' : ''}`
  if (header.type === 'file') return pipeline(entry, pack.entry({ ...header, name }))
  pack.entry({ ...header, name })
  entry.resume()
}
