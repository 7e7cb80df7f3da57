import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
} from 'node:zlib'
import { Failure } from '../../../core/failure.ts'
import type { JsonObject } from '../dialects/dialect.ts'
import { withMembers } from './with-members.ts'

/** Vendors take 20 to 32 MB. */
export const MAX_BODY_BYTES = 32 * 1024 * 1024
const FIRST_ROOM_BYTES = 64 * 1024

/** A request's body as it came. Kept as bytes, since calls are many and prompts are long. */
export interface RequestBody {
  readonly bytes: number
  text(): string
  /** @throws Failure `input.invalid` when it is no JSON object. */
  json(): JsonObject
  /** As it came, but for these members of its outermost object. */
  bytesWith(members: JsonObject): readonly Uint8Array[]
  /** Lets go of the bytes: nobody needs them any more. */
  release(): void
}

/** What a request says of its own size; the largest there may be when it does not. */
export function declaredBytes({ headers }: IncomingMessage): number {
  const declared = Number(headers['content-length'] ?? Number.NaN)
  if (Number.isFinite(declared) && headers['content-encoding'] === undefined) return declared
  return 'transfer-encoding' in headers || declared > 0 ? MAX_BODY_BYTES : 0
}

/**
 * The body of a request, unpacked; null as soon as it is larger than {@link MAX_BODY_BYTES}.
 *
 * @param released called when its bytes are no longer held.
 * @throws Failure `input.invalid` for an encoding that is not known.
 */
export async function readBody(
  request: IncomingMessage,
  released: () => void = () => undefined,
): Promise<RequestBody | null> {
  const declared = Number(request.headers['content-length'] ?? 0)
  let room: Buffer = Buffer.allocUnsafeSlow(
    Math.max(FIRST_ROOM_BYTES, Math.min(declared, MAX_BODY_BYTES)),
  )
  let bytes = 0
  // What is too large is refused in words: the connection must outlive the reading.
  const pieces: AsyncIterable<Uint8Array> = unpacked(request).iterator({ destroyOnReturn: false })
  for await (const piece of pieces) {
    if (bytes + piece.length > MAX_BODY_BYTES) return null
    if (bytes + piece.length > room.length) room = grown(room, bytes + piece.length)
    room.set(piece, bytes)
    bytes += piece.length
  }
  return requestBody(room.subarray(0, bytes), released)
}

export function requestBody(content: Buffer, released: () => void = () => undefined): RequestBody {
  let held: Buffer | null = content
  const bytes = (): Buffer => {
    if (held === null) throw new Error('the body of this request has been let go of')
    return held
  }
  return {
    bytes: content.length,
    text: () => bytes().toString('utf8'),
    json: () => parsed(bytes().toString('utf8')),
    bytesWith: (members) => withMembers(bytes(), members),
    release() {
      held = null
      released()
    },
  }
}

function grown(room: Buffer, least: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(Math.min(MAX_BODY_BYTES, Math.max(least, 2 * room.length)))
  room.copy(larger)
  return larger
}

function unpacked(request: IncomingMessage): Readable {
  const unpack = unpacker(request.headers['content-encoding'] ?? 'identity')
  if (unpack === null) return request
  // A request that breaks off must fail the one who reads what is unpacked.
  request.once('error', (error) => unpack.destroy(error))
  return request.pipe(unpack)
}

function unpacker(encoding: string): ReturnType<typeof createGunzip> | null {
  switch (encoding) {
    case 'gzip':
      return createGunzip()
    case 'deflate':
      return createInflate()
    case 'br':
      return createBrotliDecompress()
    case 'zstd':
      return createZstdDecompress()
    case 'identity':
      return null
    default:
      throw new Failure('input.invalid', `The content encoding "${encoding}" is not known here.`)
  }
}

function parsed(text: string): JsonObject {
  let value: unknown
  try {
    value = JSON.parse(text === '' ? '{}' : text)
  } catch (cause) {
    throw new Failure('input.invalid', 'The body of the request is not JSON.', { cause })
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw new Failure('input.invalid', 'The body of the request is not a JSON object.')
}
