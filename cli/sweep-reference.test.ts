import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chooseSweep } from './sweep-reference.ts'

const ids = ['0199a1-aa', '0199a2-bb', '0199a2-bc']

test('an id, the beginning of one id, and latest all name a sweep', () => {
  expect(chooseSweep('0199a2-bb', ids)).toBe('0199a2-bb')
  expect(chooseSweep('0199A1', ids)).toBe('0199a1-aa')
  expect(chooseSweep('latest', ['0199a2-bc', '0199a1-aa'])).toBe('0199a2-bc')
})

test('a beginning of several ids is refused with those ids', () => {
  expect(() => chooseSweep('0199a2', ids)).toThrow(
    /begins the ids of 2 sweeps: 0199a2-bb, 0199a2-bc/,
  )
})

test('what begins no id, and latest of none, are not found', () => {
  expect(() => chooseSweep('ffff', ids)).toThrow(/No sweep's id begins with "ffff"/)
  expect(() => chooseSweep('', ids)).toThrow(/No sweep's id/)
  expect(() => chooseSweep('latest', [])).toThrow(/There is no sweep yet/)
})

test('every id of a set is found by itself', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.uuid({ version: 7 }), { minLength: 1 }), (known) => {
      for (const id of known) expect(chooseSweep(id, known)).toBe(id)
    }),
  )
})
