import fc from 'fast-check'
import { expect, test } from 'vitest'
import { element, escaped, fitted, textWidth } from './svg.ts'

test('text that is escaped can neither end an element nor an attribute, whatever it holds', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(escaped(text)).not.toMatch(/[<>"']/)
      expect(escaped(text).isWellFormed()).toBe(true)
      expect(element('a', { title: text })).toMatch(/^<a title="[^"<>]*"\/>$/)
    }),
  )
  expect(escaped('a & b')).toBe('a &amp; b')
})

test('a name fits its width, with both of its ends, and is left alone where there is room', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1, maxLength: 600 }),
      fc.integer({ min: 20, max: 300 }),
      (name, width) => {
        const shown = fitted(name, width)
        if (textWidth(name) <= width) expect(shown).toBe(name)
        else expect(textWidth(shown)).toBeLessThanOrEqual(width)
      },
    ),
  )
  const shown = fitted('openhands+anthropic/claude-opus-5-high', 150)
  expect(shown).toMatch(/^openhands.*….*-high$/)
  // A name of a megabyte is somebody's mistake, and costs no minutes.
  expect(fitted('x'.repeat(1_000_000), 150).length).toBeLessThan(30)
})
