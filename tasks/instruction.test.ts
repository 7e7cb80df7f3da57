import { expect, test } from 'vitest'
import { withoutCanary } from './instruction.ts'

test('leading canary lines and the blank lines after them are dropped', () => {
  const text = '<!-- a CANARY, GUID 1 -->\n# canary 2\n\n\nFix it.\n# about the canary\n'
  expect(withoutCanary(text)).toBe('Fix it.\n# about the canary\n')
})

test('an ordinary heading or comment stays', () => {
  expect(withoutCanary('# Fix\n<!-- canary -->\n')).toBe('# Fix\n<!-- canary -->\n')
})
