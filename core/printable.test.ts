import { expect, test } from 'vitest'
import { bytesText } from './bytes-text.ts'
import { printable } from './printable.ts'

test('a name cannot speak to the terminal that shows it', () => {
  expect(printable('\u001b[2Jgone\r\n\u009b31m')).toBe(String.raw`\u{1b}[2Jgone\u{d}\u{a}\u{9b}31m`)
  expect(printable('gpj.\u202etxt')).toBe(String.raw`gpj.\u{202e}txt`)
  expect(printable('größe 😀/报告.txt')).toBe('größe 😀/报告.txt')
  expect(printable('x'.repeat(300))).toBe(`${'x'.repeat(200)}…`)
})

test.each([
  [0, '0 bytes'],
  [1_023, '1023 bytes'],
  [1_536, '1.5 KB'],
  [32 * 1_024 ** 2, '32 MB'],
  [41.26 * 1_024 ** 2, '41.3 MB'],
  [412.6 * 1_024 ** 2, '413 MB'],
  [3 * 1_024 ** 3, '3 GB'],
])('%d bytes are said as %s', (bytes, text) => {
  expect(bytesText(Math.round(bytes))).toBe(text)
})
