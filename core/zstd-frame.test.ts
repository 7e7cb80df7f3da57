import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MAX_STORED_BYTES, storedBytes, storedFrame } from './zstd-frame.ts'

const sizes = [0, 1, 255, 256, 257, 8_191, MAX_STORED_BYTES]
const filled = (size: number) => Buffer.from(Array.from({ length: size }, (_, n) => (n * 7) % 256))

test.each(sizes)('a stored frame of %i bytes is read by a real decompressor', (size) => {
  expect(zstdDecompressSync(storedFrame(filled(size))).equals(filled(size))).toBe(true)
})

test('what is stored comes back, whatever it is', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 700 }), (bytes) => {
      expect(storedBytes(storedFrame(bytes))?.equals(bytes)).toBe(true)
    }),
  )
})

test('what does not fit one frame is refused', () => {
  expect(() => storedFrame(Buffer.alloc(MAX_STORED_BYTES + 1))).toThrow(RangeError)
})

test('a frame with compressed blocks, a cut one and bytes of any kind are not taken for stored', () => {
  expect(storedBytes(zstdCompressSync(filled(4_000)))).toBeNull()
  const frame = storedFrame(filled(300))
  for (let length = 0; length < frame.length; length += 1) {
    expect(storedBytes(frame.subarray(0, length))).toBeNull()
  }
  expect(storedBytes(Buffer.concat([frame, Buffer.from([0])]))).toBeNull()
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(9), fc.nat(255), (bytes, at, value) => {
      const changed = storedFrame(bytes)
      if (at >= changed.length - bytes.length || changed[at] === value) return
      changed[at] = value
      expect(storedBytes(changed)).toBeNull()
    }),
  )
})
