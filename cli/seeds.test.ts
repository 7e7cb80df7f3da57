import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addedSeeds, firstSeeds, MAX_SEED, parseSeeds } from './seeds.ts'

const seed = fc.integer({ min: 0, max: MAX_SEED })

test('a number is how many, a list is which', () => {
  expect(parseSeeds('3')).toEqual([1, 2, 3])
  expect(parseSeeds('5,1,2')).toEqual([1, 2, 5])
  expect(parseSeeds('7,')).toEqual([7])
  expect(parseSeeds(' 2, 4..6 ')).toEqual([2, 4, 5, 6])
})

test('a list that is written down is read back', () => {
  fc.assert(
    fc.property(fc.uniqueArray(seed, { minLength: 1, maxLength: 50 }), (seeds) => {
      expect(parseSeeds(`${seeds.join(',')},`)).toEqual(seeds.sort((a, b) => a - b))
    }),
  )
})

test('a range is the list of all that lie in it', () => {
  fc.assert(
    fc.property(seed, fc.integer({ min: 0, max: 200 }), (from, length) => {
      const to = Math.min(MAX_SEED, from + length)
      const list = Array.from({ length: to - from + 1 }, (_, index) => from + index)
      expect(parseSeeds(`${from}..${to}`)).toEqual(list)
    }),
  )
})

test('nothing else is taken for seeds', () => {
  const alien = ['', 'x', '0', '-1', '1.5', '1;2', '5..3', ',', '1,,2', '4294967296,', '1..999999']
  for (const text of alien) expect(() => parseSeeds(text), text).toThrow(/no list of seeds/)
})

test('an extension never repeats a seed, and adding it twice adds nothing', () => {
  const text = fc.oneof(
    fc.integer({ min: 1, max: 30 }).map((count) => `+${count}`),
    fc.integer({ min: 1, max: 30 }).map(String),
    fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { minLength: 1 }).map((s) => `${s.join(',')},`),
  )
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 60 })), text, (present, typed) => {
      const added = addedSeeds(present, typed)
      expect(added.filter((each) => present.includes(each))).toEqual([])
      expect(new Set(added).size).toBe(added.length)
      if (!typed.startsWith('+')) expect(addedSeeds([...present, ...added], typed)).toEqual([])
    }),
  )
})

test('+N is the next N above the highest', () => {
  expect(addedSeeds(firstSeeds(3), '+2')).toEqual([4, 5])
  expect(addedSeeds([1, 2, 9], '+1')).toEqual([10])
  expect(() => addedSeeds([MAX_SEED], '+1')).toThrow(/no list of seeds/)
})
