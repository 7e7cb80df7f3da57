import { type FileHandle, open } from 'node:fs/promises'
import { inflateRawSync, zstdDecompressSync } from 'node:zlib'
import { Failure } from '../../core/failure.ts'

interface Member {
  readonly name: string
  readonly method: number
  readonly compressedBytes: number
  readonly bytes: number
  readonly headerAt: number
}

/** How long the comment at the end may be, and the record before it. */
const TAIL_BYTES = 65_535 + 22
const MOST_BYTES = 2 ** 30

/**
 * A zip archive, of which members are read one by one: stored, deflated, or compressed with
 * Zstandard (method 93), which most libraries refuse. With the 64-bit fields of large archives.
 *
 * @see PKWARE's APPNOTE.TXT 6.3.10, sections 4.3 to 4.5.
 */
export class ZipArchive implements AsyncDisposable {
  readonly #file: FileHandle
  readonly #path: string
  readonly #members: ReadonlyMap<string, Member>

  private constructor(file: FileHandle, path: string, members: readonly Member[]) {
    this.#file = file
    this.#path = path
    this.#members = new Map(members.map((member) => [member.name, member]))
  }

  /** @throws Failure `input.invalid` when it is no zip archive, or is cut off. */
  static async open(path: string): Promise<ZipArchive> {
    const file = await open(path)
    try {
      return new ZipArchive(file, path, await readDirectory(file, path))
    } catch (error) {
      await file.close()
      throw error
    }
  }

  get names(): string[] {
    return [...this.#members.keys()]
  }

  /** @throws Failure `input.invalid` when there is no such member, or it is damaged. */
  async read(name: string): Promise<Buffer> {
    const member = this.#members.get(name)
    if (member === undefined) throw broken(this.#path, `it has no ${name}`)
    if (member.bytes > MOST_BYTES) throw broken(this.#path, `${name} has ${member.bytes} bytes`)
    const header = await readAt(this.#file, member.headerAt, 30)
    if (header.readUInt32LE(0) !== 0x04034b50)
      throw broken(this.#path, `${name} is not where it says`)
    const start = member.headerAt + 30 + header.readUInt16LE(26) + header.readUInt16LE(28)
    const packed = await readAt(this.#file, start, member.compressedBytes)
    return this.#unpacked(member, packed)
  }

  #unpacked({ method, name, bytes }: Member, packed: Buffer): Buffer {
    const limit = { maxOutputLength: Math.max(1, bytes) }
    try {
      if (method === 0) return packed
      if (method === 8) return inflateRawSync(packed, limit)
      if (method === 93) return zstdDecompressSync(packed, limit)
    } catch (cause) {
      throw broken(this.#path, `${name} cannot be unpacked`, cause)
    }
    throw broken(this.#path, `${name} is compressed by method ${method}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close()
  }
}

async function readDirectory(file: FileHandle, path: string): Promise<Member[]> {
  const { size } = await file.stat()
  const tailAt = Math.max(0, size - TAIL_BYTES)
  const tail = await readAt(file, tailAt, size - tailAt)
  const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]))
  if (end < 0 || tail.length < end + 22) throw broken(path, 'it is no zip archive, or is cut off')
  let count = tail.readUInt16LE(end + 10)
  let length = tail.readUInt32LE(end + 12)
  let at = tail.readUInt32LE(end + 16)
  const locator = end - 20
  if (locator >= 0 && tail.readUInt32LE(locator) === 0x07064b50) {
    const record = await readAt(file, Number(tail.readBigUInt64LE(locator + 8)), 56)
    count = Number(record.readBigUInt64LE(32))
    length = Number(record.readBigUInt64LE(40))
    at = Number(record.readBigUInt64LE(48))
  }
  if (at + length > size) throw broken(path, 'it is cut off')
  const directory = await readAt(file, at, length)
  const members: Member[] = []
  for (let place = 0; members.length < count; ) {
    if (directory.length < place + 46 || directory.readUInt32LE(place) !== 0x02014b50) {
      throw broken(path, 'its directory is damaged')
    }
    const nameLength = directory.readUInt16LE(place + 28)
    const extraLength = directory.readUInt16LE(place + 30)
    const next = place + 46 + nameLength + extraLength + directory.readUInt16LE(place + 32)
    members.push(memberAt(directory, place, { nameLength, extraLength }))
    place = next
  }
  return members
}

function memberAt(
  directory: Buffer,
  place: number,
  { nameLength, extraLength }: { readonly nameLength: number; readonly extraLength: number },
): Member {
  const nameAt = place + 46
  const sizes = {
    bytes: directory.readUInt32LE(place + 24),
    compressedBytes: directory.readUInt32LE(place + 20),
    headerAt: directory.readUInt32LE(place + 42),
  }
  const extra = directory.subarray(nameAt + nameLength, nameAt + nameLength + extraLength)
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue
    // Only those that do not fit into 32 bits are in it, in this order.
    let value = at + 4
    for (const name of ['bytes', 'compressedBytes', 'headerAt'] as const) {
      if (sizes[name] !== 0xffffffff) continue
      sizes[name] = Number(extra.readBigUInt64LE(value))
      value += 8
    }
  }
  return {
    name: directory.toString('utf8', nameAt, nameAt + nameLength),
    method: directory.readUInt16LE(place + 10),
    ...sizes,
  }
}

async function readAt(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  const { bytesRead } = await file.read(buffer, 0, length, at)
  return buffer.subarray(0, bytesRead)
}

function broken(path: string, why: string, cause?: unknown): Failure {
  return new Failure('input.invalid', `${path} cannot be read: ${why}.`, { cause })
}
