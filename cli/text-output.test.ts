import fc from 'fast-check'
import { expect, test } from 'vitest'
import { csvRow } from '../analytics/text/csv-text.ts'
import { durationText } from './duration-text.ts'
import { matchesGlob, matchesTask } from './glob.ts'

test('what is written as CSV is read back, whatever it holds', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1 }), (cells) => {
      expect(readRow(csvRow(cells))).toEqual(cells)
    }),
  )
})

test('nothing is nothing in CSV, and objects are their JSON', () => {
  expect(csvRow([null, undefined, { a: 1 }, ['x'], false, 0])).toBe(
    ',,"{""a"":1}","[""x""]",false,0\n',
  )
})

test('a duration has the two units that matter', () => {
  expect([0, 999, 59_400, 60_000, 3_599_000, 3_600_000, 90_000_000].map(durationText)).toEqual([
    '0 s',
    '1 s',
    '59 s',
    '1 m 00 s',
    '59 m 59 s',
    '1 h 00 m',
    '1 d 01 h',
  ])
})

test('a pattern without * or ? matches itself alone, and * matches across slashes', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (pattern, name) => {
      fc.pre(!/[*?]/.test(pattern))
      expect(matchesGlob(name, pattern)).toBe(name === pattern)
    }),
  )
  expect(matchesGlob('org/broken-build', '*broken*')).toBe(true)
  expect(matchesGlob('a.c', 'a?c')).toBe(true)
  expect(matchesGlob('abc', 'a.c')).toBe(false)
})

test('a pattern without a slash means the name of a task, whatever its organisation', () => {
  expect(matchesTask('org/broken-build', 'broken-*')).toBe(true)
  expect(matchesTask('org/broken-build', 'org/*')).toBe(true)
  expect(matchesTask('org/broken-build', 'other/broken-*')).toBe(false)
  expect(matchesTask('org/broken-build', 'build')).toBe(false)
})

/** One record of RFC 4180. */
function readRow(text: string): string[] {
  const cells: string[] = []
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\n)/gy
  for (const [, quoted, plain, end] of text.matchAll(cell)) {
    cells.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'))
    if (end === '\n') break
  }
  return cells
}
