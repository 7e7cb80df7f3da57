import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CappedOutput } from './capped-output.ts'

const capped = (limitBytes: number, pieces: readonly Uint8Array[]) => {
  const output = new CappedOutput(limitBytes)
  for (const piece of pieces) output.push(piece)
  return output.text()
}

const text = fc.string({ unit: 'grapheme', maxLength: 80 })

test('output within the limit is kept whole, in whatever pieces it comes', () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 9 }), (whole, size) => {
      const bytes = Buffer.from(whole)
      const count = Math.ceil(bytes.length / size)
      const pieces = Array.from({ length: count }, (_, n) =>
        bytes.subarray(n * size, (n + 1) * size),
      )
      expect(capped(bytes.length, pieces)).toEqual({ text: whole, droppedBytes: 0 })
    }),
  )
})

test('beyond the limit the start and the end are kept, and every byte is kept or counted', () => {
  fc.assert(
    fc.property(text, fc.nat({ max: 60 }), fc.integer({ min: 1, max: 9 }), (whole, limit, size) => {
      const bytes = Buffer.from(whole)
      fc.pre(bytes.length > limit)
      const count = Math.ceil(bytes.length / size)
      const pieces = Array.from({ length: count }, (_, n) =>
        bytes.subarray(n * size, (n + 1) * size),
      )
      const result = capped(limit, pieces)
      const [start = '', end = ''] = result.text.split(/\n\[\d+ bytes left out\]\n/)
      expect(whole.startsWith(start)).toBe(true)
      expect(whole.endsWith(end)).toBe(true)
      const kept = Buffer.byteLength(start) + Buffer.byteLength(end)
      expect(kept + result.droppedBytes).toBe(bytes.length)
      expect(kept).toBeLessThanOrEqual(limit)
    }),
  )
})

test('how the end is kept does not depend on the pieces it came in', () => {
  const bytes = Buffer.from(Array.from({ length: 1_000 }, (_, n) => 97 + (n % 26)))
  const single = Array.from(bytes, (_, n) => bytes.subarray(n, n + 1))
  expect(capped(100, single)).toEqual(capped(100, [bytes]))
})
