const MAGIC = 0xfd2fb528
/** The frame says its content's size itself and has one segment, no checksum and no dictionary. */
const ONE_BYTE_SIZE = 0x20
const TWO_BYTE_SIZE = 0x60
/** The two-byte size counts from here. */
const TWO_BYTE_BASE = 256
/** One block that is the last one and is not compressed. */
const LAST_RAW_BLOCK = 0b001
/** What the two-byte size can say; a block may hold twice as much. */
export const MAX_STORED_BYTES = 0xffff + TWO_BYTE_BASE

/**
 * A Zstandard frame that holds bytes as they are (RFC 8878, sections 3.1.1 and 3.1.1.2). Any
 * decompressor reads it. It costs a copy, where each small compression by Node makes a context outside
 * of its heap, for which its collector stops the process again and again.
 *
 * @throws RangeError above {@link MAX_STORED_BYTES}.
 */
export function storedFrame(bytes: Uint8Array): Buffer {
  const size = bytes.length
  if (size > MAX_STORED_BYTES) throw new RangeError(`${size} bytes do not fit one stored frame`)
  const frame = Buffer.allocUnsafe((size < TWO_BYTE_BASE ? 9 : 10) + size)
  let at = frame.writeUInt32LE(MAGIC)
  if (size < TWO_BYTE_BASE) {
    at = frame.writeUInt8(ONE_BYTE_SIZE, at)
    at = frame.writeUInt8(size, at)
  } else {
    at = frame.writeUInt8(TWO_BYTE_SIZE, at)
    at = frame.writeUInt16LE(size - TWO_BYTE_BASE, at)
  }
  at = frame.writeUIntLE((size << 3) | LAST_RAW_BLOCK, at, 3)
  frame.set(bytes, at)
  return frame
}

/** What a frame of {@link storedFrame} holds, without a copy; null for every other. */
export function storedBytes(frame: Uint8Array): Buffer | null {
  const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength)
  if (bytes.length < 9 || bytes.readUInt32LE() !== MAGIC) return null
  const twoBytes = bytes[4] === TWO_BYTE_SIZE
  if (!twoBytes && bytes[4] !== ONE_BYTE_SIZE) return null
  const head = twoBytes ? 10 : 9
  if (bytes.length < head) return null
  const size = twoBytes ? bytes.readUInt16LE(5) + TWO_BYTE_BASE : bytes.readUInt8(5)
  const isWhole = bytes.length === head + size
  if (!isWhole || bytes.readUIntLE(head - 3, 3) !== ((size << 3) | LAST_RAW_BLOCK)) return null
  return bytes.subarray(head)
}
