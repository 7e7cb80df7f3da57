import fc from 'fast-check'
import { expect, test } from 'vitest'
import { insertText, replaceText, viewChange, viewText } from './edit-text.ts'

const text = fc
  .array(fc.constantFrom('a', 'b', ' ', '\t', '\n', '\r\n', 'é'), { maxLength: 30 })
  .map((parts) => parts.join(''))

const occurrences = (whole: string, part: string) => {
  let count = 0
  for (let at = whole.indexOf(part); at !== -1; at = whole.indexOf(part, at + 1)) count += 1
  return count
}

test('a replacement changes one place and nothing else, or nothing at all', () => {
  fc.assert(
    fc.property(text, text, text, text, (before, old, after, replacement) => {
      const whole = before + old + after
      const edited = replaceText(whole, old, replacement)
      const isUnique = old !== '' && old !== replacement && occurrences(whole, old) === 1
      expect('text' in edited).toBe(isUnique)
      if ('text' in edited) {
        expect(edited.text).toBe(before + replacement + after)
        expect(edited.firstLine).toBe(before.split('\n').length)
      }
    }),
  )
})

test('what a replacement says of dollars and patterns is meant as it stands', () => {
  expect(replaceText('a.b', 'a.b', '$& $1 \\n')).toMatchObject({ text: '$& $1 \\n' })
  expect(replaceText('aXb', 'a.b', '')).toHaveProperty('problem')
})

test('texts that overlap themselves are not unique', () => {
  expect(replaceText('xaaax', 'aa', 'b')).toEqual({
    problem: expect.stringContaining('stands 2 times, in lines 1, 1'),
  })
})

test('inserted lines stand after the line that was named, and no other line changes', () => {
  fc.assert(
    fc.property(text, fc.nat(12), text, (whole, line, inserted) => {
      const lines = whole.match(/[^\n]*\n|[^\n]+$/g) ?? []
      const edited = insertText(whole, line, inserted)
      expect('problem' in edited).toBe(line > lines.length)
      if (!('text' in edited)) return
      const head = lines.slice(0, line).join('')
      const tail = lines.slice(line).join('')
      expect(edited.text.startsWith(head)).toBe(true)
      expect(edited.text.endsWith(tail)).toBe(true)
      const middle = edited.text.slice(head.length, edited.text.length - tail.length)
      expect(middle.replace(/^\n/, '').replace(/\n$/, '')).toBe(
        inserted.replace(/^\n/, '').replace(/\n$/, ''),
      )
    }),
  )
})

test('a view numbers the lines that were asked for, and says what it leaves out', () => {
  const whole = Array.from({ length: 3_000 }, (_, index) => `line ${index + 1}`).join('\n')
  expect(viewText(whole, { first: 2, last: 3 })).toBe('     2\tline 2\n     3\tline 3')
  expect(viewText(whole, { first: 2_999, last: -1 }).split('\n')).toHaveLength(2)
  const shown = viewText(whole)
  expect(shown.length).toBeLessThan(31_000)
  const left = Number(/\[(\d+) lines more/.exec(shown)?.[1])
  expect(shown.split('\n').length - 1 + left).toBe(3_000)
  expect(viewText('')).toBe('(the file is empty)')
  expect(viewText('a', { first: 5, last: -1 })).toBe('(the file has only 1 lines)')
  expect(viewText('x'.repeat(9_000))).toContain('[line cut]')
})

test('a change is shown with some lines around it', () => {
  const shown = viewChange('1\n2\n3\n4\n5\n6\n7\n8\n9\n', 5, 1)
  expect(shown.split('\n').map((line) => line.split('\t')[1])).toEqual([
    '2',
    '3',
    '4',
    '5',
    '6',
    '7',
    '8',
  ])
})
