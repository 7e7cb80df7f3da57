import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chooseSweep } from './sweep-reference.ts'

const called = (sweep: string, name = 'nightly') => ({ sweep, name })
const ids = [called('0199a1-aa'), called('0199a2-bb', 'demo'), called('0199a2-bc')]

test('an id, the beginning of one id, and latest all name a sweep', () => {
  expect(chooseSweep('0199a2-bb', ids)).toBe('0199a2-bb')
  expect(chooseSweep('0199A1', ids)).toBe('0199a1-aa')
  expect(chooseSweep('latest', [...ids].reverse())).toBe('0199a2-bc')
})

test('a name means the latest sweep that has it, unless it begins an id', () => {
  expect(chooseSweep('demo', ids)).toBe('0199a2-bb')
  expect(chooseSweep('nightly', ids)).toBe('0199a2-bc')
  expect(chooseSweep('0199a1', [...ids, called('0199a3-aa', '0199a1')])).toBe('0199a1-aa')
})

test('a beginning of several ids is refused with those ids', () => {
  expect(() => chooseSweep('0199a2', ids)).toThrow(
    /begins the ids of 2 sweeps: 0199a2-bb, 0199a2-bc/,
  )
})

test('what is no beginning and no name, and latest of none, are not found', () => {
  expect(() => chooseSweep('ffff', ids)).toThrow(/No sweep's id begins with "ffff", and none/)
  expect(() => chooseSweep('ffff', [])).toThrow(/No sweep's id begins with "ffff", and none/)
  expect(() => chooseSweep('', ids)).toThrow(/No sweep's id/)
  expect(() => chooseSweep('latest', [])).toThrow(/There is no sweep yet/)
})

test('every id of a set is found by itself', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.uuid({ version: 7 }), { minLength: 1 }), (known) => {
      const sweeps = known.map((id) => called(id))
      for (const id of known) expect(chooseSweep(id, sweeps)).toBe(id)
    }),
  )
})
