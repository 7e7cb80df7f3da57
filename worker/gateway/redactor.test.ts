import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Redactor } from './redactor.ts'

const SECRET = 'sk-abcabcabd-1234'

function passed(pieces: readonly string[]): string {
  const redactor = new Redactor()
  redactor.add(SECRET)
  const stream = redactor.stream()
  const out = pieces.map((piece) => Buffer.from(stream.push(Buffer.from(piece))).toString('latin1'))
  return out.join('') + Buffer.from(stream.end()).toString('latin1')
}

test('a secret never passes, however an answer is cut', () => {
  const text = fc
    .array(fc.constantFrom(SECRET, 'sk-abc', 'abc', 'sk-', 'x', SECRET.slice(0, -1)), {
      maxLength: 12,
    })
    .map((words) => words.join(''))
  fc.assert(
    fc.property(text, fc.array(fc.nat(200), { maxLength: 8 }), (whole, cuts) => {
      const at = [...new Set([0, ...cuts.map((cut) => Math.min(cut, whole.length)), whole.length])]
      const sorted = at.sort((left, right) => left - right)
      const pieces = sorted.slice(1).map((end, index) => whole.slice(sorted[index], end))
      expect(passed(pieces)).toBe(whole.replaceAll(SECRET, '[redacted]'))
    }),
    { numRuns: 500 },
  )
})

test('what cannot be the start of a secret is not held back', () => {
  const redactor = new Redactor()
  redactor.add(SECRET)
  const piece = Buffer.from('data: {"text":"hello"}\n\n')
  expect(redactor.stream().push(piece)).toHaveLength(piece.length)
})
