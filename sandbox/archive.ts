import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import type Docker from 'dockerode'
import tarStream from 'tar-stream'
import { Failure } from '../core/failure.ts'
import { dockerCall, statusOf, TIME_LIMITS } from './docker-call.ts'
import type { ArchiveLimits, LeaveOut } from './sandbox.ts'

export async function writeArchive(
  container: Docker.Container,
  path: string,
  tar: Readable | Uint8Array,
): Promise<void> {
  const body = tar instanceof Uint8Array ? Buffer.from(tar) : tar
  await dockerCall('write files', TIME_LIMITS.changeMs, (abortSignal) =>
    container.putArchive(body, { path, abortSignal }),
  )
}

/**
 * @returns null when there is no such path.
 * @throws Failure `sandbox.archive-too-large` as soon as more than `maxBytes` have come.
 */
export async function readArchive(
  container: Docker.Container,
  path: string,
  { maxBytes, leaveOut }: ArchiveLimits,
): Promise<Uint8Array | null> {
  try {
    return await dockerCall('read files', TIME_LIMITS.changeMs, async (abortSignal) => {
      const stream = await container.getArchive({ path, abortSignal })
      const fail = () => tooLarge(path, maxBytes)
      if (leaveOut === undefined) return buffer(atMost(maxBytes, stream, fail))
      const sent = atMost(maxBytes * SENT_FOR_KEPT, stream, fail)
      return buffer(atMost(maxBytes, withoutFiles(sent, leaveOut), fail))
    })
  } catch (error) {
    if (statusOf(error) === 404) return null
    throw error
  }
}

/** Docker sends what is left out as well: no more than this many times what may be kept. */
const SENT_FOR_KEPT = 16

type Pieces = AsyncIterable<Uint8Array | string>

async function* atMost(
  maxBytes: number,
  pieces: Pieces,
  fail: () => Failure,
): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const piece of pieces) {
    bytes += piece.length
    if (bytes > maxBytes) throw fail()
    yield typeof piece === 'string' ? Buffer.from(piece) : piece
  }
}

/** A tar as it passes, without the files that are left out. */
async function* withoutFiles(tar: Pieces, leaveOut: LeaveOut): AsyncGenerator<Uint8Array> {
  const extract = tarStream.extract()
  const pack = tarStream.pack()
  const filter = async () => {
    for await (const entry of extract) {
      const { header } = entry
      const below = header.name.split('/').slice(1).join('/')
      if (header.type === 'file' && !leaveOut(below, header.size ?? 0)) {
        await pipeline(entry, pack.entry(header))
        continue
      }
      if (header.type !== 'file') pack.entry(header)
      entry.resume()
    }
    pack.finalize()
  }
  const filtered = Promise.all([pipeline(tar, extract), filter()])
  filtered.catch((error: Error) => pack.destroy(error))
  try {
    yield* Readable.from(pack, { objectMode: false })
    await filtered
  } finally {
    extract.destroy()
    await filtered.catch(() => undefined)
  }
}

export function tooLarge(path: string, maxBytes: number): Failure {
  return new Failure(
    'sandbox.archive-too-large',
    `${path} in the sandbox holds more than the ${maxBytes} bytes that are taken from it.`,
    { facts: { path, maxBytes } },
  )
}

/** Folders that Harbor's tasks expect, open to whatever user the agent is. */
const LOG_FOLDERS = ['agent', 'verifier', 'artifacts'].map((name) => ({
  path: `logs/${name}`,
  mode: 0o777,
}))

/**
 * The tar that makes the folders of {@link LOG_FOLDERS}, and then what is given. A tar can do
 * this before anything runs, and replaces a link that was planted at one of the paths; a command
 * could do neither.
 */
export async function withLogFolders(
  files: Readable | Uint8Array | undefined,
): Promise<Readable | Uint8Array> {
  const folders = await folderEntries([{ path: 'logs', mode: 0o755 }, ...LOG_FOLDERS])
  if (files === undefined) return Buffer.concat([folders, Buffer.alloc(END_OF_TAR_BYTES)])
  if (files instanceof Uint8Array) return Buffer.concat([folders, files])
  return Readable.from(chain(folders, files), { objectMode: false })
}

async function* chain(first: Uint8Array, rest: Readable): AsyncGenerator<Uint8Array> {
  yield first
  yield* rest
}

export interface FolderEntry {
  /** Relative to the root, without `/` at its end. */
  readonly path: string
  readonly mode: number
  /** Whatever is at the path goes first: with a file by that name, which a folder then replaces. */
  readonly wiped?: boolean
}

/** Two blocks of zeros end a tar; without them another one can follow. */
export const END_OF_TAR_BYTES = 1024

/** Folders owned by root as the beginning of a tar, without the zeros that end one. */
export async function folderEntries(folders: readonly FolderEntry[]): Promise<Uint8Array> {
  const pack = tarStream.pack()
  for (const { path, mode, wiped = false } of folders) {
    if (wiped) pack.entry({ name: path, mode: 0o600, mtime: new Date(0) }, '')
    pack.entry({ name: `${path}/`, type: 'directory', mode, mtime: new Date(0) })
  }
  pack.finalize()
  const whole = await buffer(pack)
  return whole.subarray(0, -END_OF_TAR_BYTES)
}
