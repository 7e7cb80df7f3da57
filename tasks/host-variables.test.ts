import { expect, test } from 'vitest'
import { fillHostVariables, literalTemplates, missingHostVariables } from './host-variables.ts'

const host = { TOKEN: 'secret', EMPTY: '' }

test('a variable is filled in where it is the whole value, and nowhere else', () => {
  const env = {
    a: `\${TOKEN}`,
    b: `x \${TOKEN}`,
    c: '$TOKEN',
    d: `\${NONE:-a:b}`,
    e: `\${EMPTY:-x}`,
  }
  const filled = { a: 'secret', b: `x \${TOKEN}`, c: '$TOKEN', d: 'a:b', e: '' }
  expect(fillHostVariables(env, host)).toEqual(filled)
})

test('only variables without a value and a default are missing', () => {
  const env = { a: `\${TOKEN}`, b: `\${NONE}`, c: `\${NONE:-}`, d: 'plain', e: 3 }
  expect(missingHostVariables(env, host, 'environment.env')).toEqual([
    { path: 'environment.env.b', value: `\${NONE}`, remedy: expect.stringContaining('set NONE') },
  ])
})

test('what looks like a variable and is passed on as text is pointed out', () => {
  const found = literalTemplates({ a: `\${TOKEN}`, b: `x \${TOKEN}` }, 'solution.env')
  expect(found.map(({ path }) => path)).toEqual(['solution.env.b'])
})
