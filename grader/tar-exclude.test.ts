import { expect, test } from 'vitest'
import { excludes } from './tar-exclude.ts'

test.each([
  ['*.pyc', 'a/b.pyc', true],
  ['*.pyc', 'a/b.py', false],
  ['node_modules', 'web/node_modules/x/index.js', true],
  ['node_modules', 'node_modules_old/x', false],
  ['./build', 'build/out', true],
  ['a?c', 'x/abc', true],
  ['[!a]b', 'cb', true],
  ['[!a]b', 'ab', false],
  ['a+b', 'a+b', true],
  ['[open', 'x/[open', true],
])('the pattern %s and the path %s', (pattern, path, left) => {
  expect(excludes([pattern], path)).toBe(left)
})
