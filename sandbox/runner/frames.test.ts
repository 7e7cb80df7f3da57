import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  encodeFrame,
  encodePlace,
  encodeStart,
  FRAME,
  FrameReader,
  HELLO_BYTES,
  MAGIC,
  readPlace,
} from './frames.ts'

const HELLO = Buffer.concat([MAGIC, Buffer.from('0123456789abcdef', 'hex')])

type Told = readonly [kind: string, id: bigint, detail: number, hex: string]

/** What a reader makes of bytes that come in these pieces; neighbouring output as one. */
function read(pieces: readonly Buffer[]): { daemon: string; told: Told[] } {
  let daemon = ''
  const told: Told[] = []
  const reader = new FrameReader({
    hello: (name) => {
      daemon = name
    },
    frame: ({ type, id, payload }) => told.push(['frame', id, type, payload.toString('hex')]),
    output: (id, stream, bytes) => {
      const last = told.at(-1)
      const joins =
        last !== undefined && last[0] === 'output' && last[1] === id && last[2] === stream
      if (joins) told[told.length - 1] = ['output', id, stream, last[3] + bytes.toString('hex')]
      else told.push(['output', id, stream, bytes.toString('hex')])
    },
  })
  for (const piece of pieces) reader.push(piece)
  return { daemon, told }
}

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort(
    (a, b) => a - b,
  )
  return [0, ...sorted].map((from, n) => bytes.subarray(from, sorted[n] ?? bytes.length))
}

const bytes = fc.uint8Array({ maxLength: 300 })
const id = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
/** Bytes that imitate frames and the hello are as good as any. */
const payload = fc.oneof(
  bytes,
  fc.constant(HELLO),
  fc.tuple(id, bytes).map(([of, content]) => encodeFrame(FRAME.ended, of, { payload: content })),
)

test('frames come out as they went in, however the bytes are cut', () => {
  const frames = fc.array(
    fc.record({ id, payload, output: fc.boolean(), stream: fc.integer({ min: 0, max: 1 }) }),
    { maxLength: 8 },
  )
  fc.assert(
    fc.property(frames, fc.array(fc.nat(), { maxLength: 30 }), (sent, cuts) => {
      const wire = Buffer.concat([
        HELLO,
        ...sent.map((frame) =>
          encodeFrame(frame.output ? FRAME.output : FRAME.refused, frame.id, frame),
        ),
      ])
      const expected = read([wire])
      expect(read(cut(wire, cuts))).toEqual(expected)
      expect(expected.daemon).toBe('0123456789abcdef')
      const whole = (kind: string) =>
        expected.told.flatMap(([is, , , hex]) => (is === kind ? [hex] : [])).join('')
      const gone = (output: boolean) =>
        sent
          .filter((frame) => frame.output === output)
          .map((frame) => Buffer.from(frame.payload).toString('hex'))
          .join('')
      expect([whole('output'), whole('frame')]).toEqual([gone(true), gone(false)])
    }),
    { seed: 7 },
  )
})

test('any bytes are either frames or refused: nothing hangs, nothing grows', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.array(fc.nat()), (noise, cuts) => {
      const wire = Buffer.concat([HELLO, noise])
      try {
        const { told } = read(cut(wire, cuts))
        const heard = told.reduce((sum, [, , , hex]) => sum + hex.length / 2, 0)
        expect(heard).toBeLessThanOrEqual(noise.length)
      } catch (error) {
        expect(String(error)).toContain('a frame of type')
      }
    }),
    { seed: 7, numRuns: 500 },
  )
})

test('what does not begin with the hello is refused at its first wrong byte', () => {
  expect(() => read([Buffer.from('OCI runtime exec failed')])).toThrow('it speaks otherwise')
  expect(read([HELLO.subarray(0, HELLO_BYTES - 1)]).daemon).toBe('')
})

test('a start keeps its words apart, and refuses what no system call could take', () => {
  const start = { folder: '', words: ['a b', '', 'é'], env: { X: '1=2', Y: '' } }
  const encoded = encodeStart(start)
  expect(encoded?.readUInt32LE(0)).toBe(3)
  expect(encoded?.readUInt32LE(4)).toBe(2)
  expect(encoded?.toString('utf8', 8)).toBe('\0a b\0\0é\0X=1=2\0Y=\0')
  expect(encodeStart({ ...start, words: ['a\0b'] })).toBeNull()
})

test('places are told beyond four gigabytes', () => {
  expect(readPlace(encodePlace(2 ** 45 + 1), 0)).toBe(2 ** 45 + 1)
})
