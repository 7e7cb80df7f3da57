import { type FileHandle, open, readFile } from 'node:fs/promises'
import { Failure } from '../../core/failure.ts'
import { type Chunk, type ChunkHeader, parseChunkHeader } from '../../core/trajectory.ts'

/**
 * The append-only file of one attempt: for each chunk a line of JSON (its header and the length of
 * its body), then the body. Synced chunk by chunk: what was acknowledged survives the machine.
 */
export class SpoolFile implements AsyncDisposable {
  readonly path: string
  readonly #file: FileHandle
  readonly #limitBytes: number
  #bytes = 0

  private constructor(path: string, file: FileHandle, limitBytes: number) {
    this.path = path
    this.#file = file
    this.#limitBytes = limitBytes
  }

  /** @param limitBytes what an attempt may spool at most. */
  static async create(path: string, limitBytes: number): Promise<SpoolFile> {
    return new SpoolFile(path, await open(path, 'ax'), limitBytes)
  }

  /**
   * Opens a file that an earlier process wrote, to go on after its last whole chunk; what a crash
   * tore off after that goes.
   *
   * @throws ENOENT when there is no such file.
   */
  static async reopen(path: string, limitBytes: number): Promise<[SpoolFile, Chunk[]]> {
    const bytes = await readFile(path)
    const { chunks, wholeBytes } = wholeChunks(bytes)
    const handle = await open(path, 'r+')
    await handle.truncate(wholeBytes)
    await handle.close()
    const file = new SpoolFile(path, await open(path, 'a'), limitBytes)
    file.#bytes = wholeBytes
    return [file, chunks]
  }

  /**
   * @throws Failure `spool.full` at the attempt's limit, `disk.full` at the disk's. What had been
   *   appended before stays whole.
   */
  async append({ header, body }: Chunk): Promise<void> {
    const line = Buffer.from(`${JSON.stringify({ ...header, bytes: body.length })}\n`)
    const bytes = line.length + body.length
    if (this.#bytes + bytes > this.#limitBytes) throw spoolFull(header, this.#limitBytes)
    try {
      await this.#file.appendFile(Buffer.concat([line, body]))
      await this.#file.datasync()
    } catch (cause) {
      await this.#file.truncate(this.#bytes).catch(() => undefined)
      throw diskFull(this.path, cause)
    }
    this.#bytes += bytes
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close()
  }
}

/** Every whole chunk of a spool; a torn end, from a crash in the middle of a write, is left out. */
export async function readSpool(path: string): Promise<Chunk[]> {
  return wholeChunks(await readFile(path)).chunks
}

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
