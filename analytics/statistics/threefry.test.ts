import { expect, test } from 'vitest'
import { fillWords, PURPOSE, threefry, uniformOf } from './threefry.ts'

type Four = [number, number, number, number]

/** `kat_vectors` of Random123 1.14, lines `threefry4x32 20`: counter, key, words. */
const KNOWN_ANSWERS = [
  '00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 9c6ca96a e17eae66 fc10ecd4 5256a7d8',
  'ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff 2a881696 57012287 f6c7446e a16a6732',
  '243f6a88 85a308d3 13198a2e 03707344 a4093822 299f31d0 082efa98 ec4e6c89 59cd1dbb b8879579 86b5d00c ac8b6d84',
].map((line) => line.split(' ').map((word) => Number.parseInt(word, 16)))

test.each(KNOWN_ANSWERS)('the published known answers hold: %#', (...words) => {
  const [counter, key] = [words.slice(0, 4) as Four, words.slice(4, 8) as Four]
  expect([...threefry(key, counter)]).toEqual(words.slice(8))
})

const stream = (length: number, index: number, seed = 7, purpose: 1 | 2 = PURPOSE.bootstrap) => {
  const words = new Uint32Array(length)
  fillWords(words, { seed, purpose, index })
  return [...words]
}

test('a stream begins alike however much of it is drawn', () => {
  for (const length of [1, 2, 3, 4, 5, 99]) {
    expect(stream(length, 3)).toEqual(stream(100, 3).slice(0, length))
  }
})

test('streams differ by index, seed and purpose, also beyond 32 bits', () => {
  const streams = [
    stream(4, 0),
    stream(4, 1),
    stream(4, 2 ** 32),
    stream(4, 0, 8),
    stream(4, 0, 7 + 2 ** 32),
    stream(4, 0, 7, PURPOSE.signFlip),
  ]
  expect(new Set(streams.map(String)).size).toBe(streams.length)
})

test('words are even over 16 bins, and neighbouring streams do not follow each other', () => {
  const bins = new Float64Array(16)
  let product = 0
  for (let index = 0; index < 4_000; index++) {
    const [first = 0, , , fourth = 0] = stream(4, index)
    const [next = 0] = stream(4, index + 1)
    for (const word of [first, fourth]) bins[word >>> 28] = (bins[word >>> 28] ?? 0) + 1
    product += (uniformOf(first) - 0.5) * (uniformOf(next) - 0.5)
  }
  const expected = 500
  const chiSquare = bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  // The 99.9 % point of chi-square with 15 degrees; and four standard errors of a correlation.
  expect(chiSquare).toBeLessThan(37.7)
  expect(Math.abs(product / 4_000) * 12).toBeLessThan(4 / Math.sqrt(4_000))
})
