import { appendFileSync, ftruncateSync } from 'node:fs'
import { type FileHandle, open, readFile } from 'node:fs/promises'
import { Failure } from '../../core/failure.ts'
import { type Chunk, type ChunkHeader, parseChunkHeader } from '../../core/trajectory.ts'
import type { Semaphore } from '../../sandbox/semaphore.ts'
import type { ChunkLog } from './recorder.ts'

export interface SpoolFileOptions {
  /** What an attempt may spool at most. */
  readonly limitBytes: number
  /** Turns at the disk, for all files of the node. */
  readonly disk: Semaphore
}

/**
 * The append-only file of one attempt: for each chunk a line of JSON (its header and the length of
 * its body), then the body. What was appended is the kernel's, and outlives this process; what was
 * synced is on the disk, and outlives the machine's fall.
 */
export class SpoolFile implements ChunkLog, AsyncDisposable {
  readonly path: string
  readonly #file: FileHandle
  readonly #options: SpoolFileOptions
  #bytes = 0
  #events = 0

  private constructor(path: string, file: FileHandle, options: SpoolFileOptions) {
    this.path = path
    this.#file = file
    this.#options = options
  }

  /** @throws Failure `disk.full` where there is no room for another file; EEXIST when there is one. */
  static async create(path: string, options: SpoolFileOptions): Promise<SpoolFile> {
    const file = await open(path, 'ax').catch((cause: NodeJS.ErrnoException) => {
      throw cause.code === 'EEXIST' ? cause : diskFull(path, cause)
    })
    return new SpoolFile(path, file, options)
  }

  /**
   * Opens a file that an earlier process wrote, to go on after its last whole chunk; what a crash
   * tore off after that goes, and what that process had no time to sync is synced.
   *
   * @throws ENOENT when there is no such file.
   */
  static async reopen(path: string, options: SpoolFileOptions): Promise<[SpoolFile, Chunk[]]> {
    const bytes = await readFile(path)
    const { chunks, wholeBytes } = wholeChunks(bytes)
    const handle = await open(path, 'r+')
    await handle.truncate(wholeBytes)
    await handle.datasync()
    await handle.close()
    const file = new SpoolFile(path, await open(path, 'a'), options)
    file.#bytes = wholeBytes
    file.#events = eventsIn(chunks)
    return [file, chunks]
  }

  /** In its chunks, which run from the first event on, whatever could not be appended after them. */
  get events(): number {
    return this.#events
  }

  /**
   * In this thread on purpose: to copy some kilobytes into the kernel's cache takes microseconds, to
   * wait for a thread that does it takes milliseconds on a busy machine.
   *
   * @throws Failure `spool.full` at the attempt's limit, `disk.full` at the disk's. What had been
   *   appended before stays whole.
   */
  append({ header, body }: Chunk): void {
    const line = Buffer.from(`${JSON.stringify({ ...header, bytes: body.length })}\n`)
    const bytes = line.length + body.length
    const { limitBytes } = this.#options
    if (this.#bytes + bytes > limitBytes) throw spoolFull(header, limitBytes)
    try {
      appendFileSync(this.#file.fd, Buffer.concat([line, body]))
    } catch (cause) {
      this.#dropTornEnd()
      throw diskFull(this.path, cause)
    }
    this.#bytes += bytes
    this.#events = header.lastSeq + 1
  }

  /** @throws Failure `disk.full`; what is in the file then is unknown, so nothing more may follow. */
  async sync(): Promise<void> {
    try {
      await this.#options.disk.run(() => this.#file.datasync())
    } catch (cause) {
      throw diskFull(this.path, cause)
    }
  }

  #dropTornEnd(): void {
    try {
      ftruncateSync(this.#file.fd, this.#bytes)
    } catch {
      // Readers leave a torn end out, and nothing is appended after a failure.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close()
  }
}

/** Every whole chunk of a spool; a torn end, from a crash in the middle of a write, is left out. */
export async function readSpool(path: string): Promise<Chunk[]> {
  return wholeChunks(await readFile(path)).chunks
}

/** How many events the first chunks of an attempt hold together. */
export const eventsIn = (chunks: readonly Chunk[]): number =>
  (chunks.at(-1)?.header.lastSeq ?? -1) + 1

function wholeChunks(bytes: Buffer): { chunks: Chunk[]; wholeBytes: number } {
  const chunks: Chunk[] = []
  let at = 0
  while (at < bytes.length) {
    const end = bytes.indexOf('\n', at)
    if (end === -1) break
    const entry = headerIn(bytes.toString('utf8', at, end))
    if (entry === null) break
    const bodyEnd = end + 1 + entry.bytes
    if (bodyEnd > bytes.length) break
    chunks.push({ header: entry.header, body: bytes.subarray(end + 1, bodyEnd) })
    at = bodyEnd
  }
  return { chunks, wholeBytes: at }
}

function headerIn(line: string): { header: ChunkHeader; bytes: number } | null {
  try {
    const { bytes } = JSON.parse(line) as { bytes: unknown }
    return Number.isSafeInteger(bytes)
      ? { header: parseChunkHeader(line), bytes: Number(bytes) }
      : null
  } catch {
    return null
  }
}

function spoolFull({ trial, attempt }: ChunkHeader, limitBytes: number): Failure {
  return new Failure(
    'spool.full',
    `The trajectory of trial ${trial} outgrew its ${limitBytes} bytes of spool.`,
    { facts: { trial, attempt, limitBytes } },
  )
}

function diskFull(path: string, cause: unknown): Failure {
  const message = `The spool ${path} cannot be written. Is the disk of the worker full?`
  return new Failure('disk.full', message, { facts: { path }, cause })
}
