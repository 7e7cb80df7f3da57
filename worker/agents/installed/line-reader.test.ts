import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LineReader } from './line-reader.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

test('lines are the same wherever the stream is cut, and whoever reads it on', () => {
  const lines = fc.array(fc.string({ unit: 'grapheme' }).map((line) => line.replace(/[\r\n]/g, '')))
  fc.assert(
    fc.property(lines, fc.array(fc.nat(400)), (wanted, cuts) => {
      const stream = bytes(wanted.map((line) => `${line}\n`).join(''))
      const at = [0, ...cuts.map((cut) => Math.min(cut, stream.length)), stream.length]
      const places = at.sort((left, right) => left - right)
      let reader = new LineReader()
      const got = places.slice(1).flatMap((end, index) => {
        const read = reader.push(stream.subarray(places[index], end))
        // As the next process of a node does.
        reader = new LineReader(reader.rest)
        return read
      })
      expect([...got, ...reader.end()]).toEqual(wanted)
    }),
  )
})

test('a last line without an end is a line', () => {
  const reader = new LineReader()
  expect(reader.push(bytes('one\r\ntwo'))).toEqual(['one'])
  expect(reader.end()).toEqual(['two'])
  expect(reader.end()).toEqual([])
})

test('an endless line is cut and says by how much', () => {
  const reader = new LineReader()
  const megabyte = new Uint8Array(1024 * 1024).fill(0x78)
  for (let n = 0; n < 10; n += 1) expect(reader.push(megabyte)).toEqual([])
  expect(reader.rest.length).toBe(8 * 1024 * 1024)
  const [line = ''] = reader.push(bytes('\nnext\n'))
  expect(line.endsWith(`x [${2 * 1024 * 1024} bytes left out]`)).toBe(true)
})
