import fc from 'fast-check'
import { expect, test } from 'vitest'
import { editDistance, nearestName } from './nearest-name.ts'

test('a slip of the keyboard finds the name, nonsense finds none', () => {
  expect(nearestName('strater', ['tidewick', 'starter'])).toBe('starter')
  expect(nearestName('qqqqqqq', ['tidewick', 'starter'])).toBeNull()
  expect(nearestName('starter', [])).toBeNull()
})

test('edit distance is a metric', () => {
  const word = fc.string({ maxLength: 8 })
  fc.assert(
    fc.property(word, word, word, (a, b, c) => {
      expect(editDistance(a, a)).toBe(0)
      expect(editDistance(a, b)).toBe(editDistance(b, a))
      expect(editDistance(a, c)).toBeLessThanOrEqual(editDistance(a, b) + editDistance(b, c))
    }),
  )
})
