import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nearestName } from './nearest.ts'

test('a slip of one key still finds the name', () => {
  expect(nearestName('oracel', ['nop', 'oracle', 'cheat'])).toBe('oracle')
})

test('something else entirely finds nothing', () => {
  expect(nearestName('claude-code', ['nop', 'oracle'])).toBeUndefined()
})

test('a name is nearest to itself, however many others there are', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1 }), (names) => {
      const [typed = ''] = names
      expect(nearestName(typed, names)?.toLowerCase()).toBe(typed.toLowerCase())
    }),
  )
})
