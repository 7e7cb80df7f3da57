import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Failure } from '../core/failure.ts'
import { FrameDecoder, type OutputStream } from './frame-decoder.ts'

const frame = (stream: OutputStream, bytes: Uint8Array) => {
  const header = Buffer.from([stream === 'stdout' ? 1 : 2, 0, 0, 0, 0, 0, 0, 0])
  header.writeUInt32BE(bytes.length, 4)
  return Buffer.concat([header, bytes])
}

const decode = (chunks: readonly Buffer[]) => {
  const texts: Record<OutputStream, Buffer[]> = { stdout: [], stderr: [] }
  const decoder = new FrameDecoder((stream, bytes) => texts[stream].push(Buffer.from(bytes)))
  for (const chunk of chunks) decoder.push(chunk)
  return {
    stdout: Buffer.concat(texts.stdout).toString('hex'),
    stderr: Buffer.concat(texts.stderr).toString('hex'),
  }
}

const frames = fc.array(
  fc.record({
    stream: fc.constantFrom<OutputStream>('stdout', 'stderr'),
    bytes: fc.uint8Array({ maxLength: 40 }),
  }),
  { maxLength: 12 },
)

test('wherever the network cuts the stream, the same bytes come out of it', () => {
  fc.assert(
    fc.property(frames, fc.array(fc.nat({ max: 600 })), (parts, cuts) => {
      const whole = Buffer.concat(parts.map(({ stream, bytes }) => frame(stream, bytes)))
      const places = [...new Set([0, ...cuts.filter((cut) => cut < whole.length), whole.length])]
      places.sort((a, b) => a - b)
      const chunks = places.slice(1).map((end, index) => whole.subarray(places[index], end))
      const bytesOf = (wanted: OutputStream) =>
        Buffer.concat(parts.filter(({ stream }) => stream === wanted).map(({ bytes }) => bytes))
      expect(decode(chunks)).toEqual({
        stdout: bytesOf('stdout').toString('hex'),
        stderr: bytesOf('stderr').toString('hex'),
      })
    }),
  )
})

test('bytes that are no frame end the command rather than pass for output', () => {
  expect(() => decode([Buffer.from('plain text, no frame')])).toThrow(Failure)
})
