import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RESOURCE_CLASS_NAMES, RESOURCE_CLASSES, resourceClassOf } from './resource-class.ts'
import { defaultsSourceOf, RESOURCE_DEFAULTS } from './resource-defaults.ts'

test('the class of a task is the smallest that holds it', () => {
  const needs = fc.record({
    cpus: fc.double({ min: 0.1, max: 10, noNaN: true }),
    memoryMb: fc.integer({ min: 1, max: 20_000 }),
  })
  fc.assert(
    fc.property(needs, ({ cpus, memoryMb }) => {
      const holds = RESOURCE_CLASS_NAMES.filter(
        (name) =>
          RESOURCE_CLASSES[name].cpus >= cpus && RESOURCE_CLASSES[name].memoryMb >= memoryMb,
      )
      expect(resourceClassOf({ cpus, memoryMb })).toBe(holds[0] ?? null)
    }),
  )
})

test('classes grow in both dimensions, and are all listed', () => {
  const sizes = RESOURCE_CLASS_NAMES.map((name) => RESOURCE_CLASSES[name])
  expect([...sizes].sort((a, b) => a.cpus - b.cpus)).toEqual(sizes)
  expect([...sizes].sort((a, b) => a.memoryMb - b.memoryMb)).toEqual(sizes)
  expect([...RESOURCE_CLASS_NAMES].sort()).toEqual(Object.keys(RESOURCE_CLASSES).sort())
})

test('a task without wishes fits into a medium slot, an old one into a small slot', () => {
  expect(resourceClassOf(RESOURCE_DEFAULTS.farm)).toBe('medium')
  expect(resourceClassOf(RESOURCE_DEFAULTS['harbor-1.0'])).toBe('small')
})

test('schema versions compare as numbers', () => {
  expect(['1.0', '1.1', '1.2', '1.4', '1.10', '2.0'].map(defaultsSourceOf)).toEqual([
    'harbor-1.0',
    'harbor-1.0',
    'farm',
    'farm',
    'farm',
    'farm',
  ])
})
