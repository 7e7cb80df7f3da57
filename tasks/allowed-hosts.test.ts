import fc from 'fast-check'
import { expect, test } from 'vitest'
import { allowedHostMistake } from './allowed-hosts.ts'

test.each([
  'example.com',
  'localhost',
  '*.example.com',
  '10.0.0.1',
  '10.0.0.0/8',
  '::1',
  'fd00::/8',
  'xn--bcher-kva.example',
])('%s is an allowed host', (entry) => {
  expect(allowedHostMistake(entry)).toBeNull()
})

test.each([
  ['https://example.com', 'scheme'],
  ['example.com/path', 'path'],
  ['example.com:443', 'port'],
  ['10.0.0.1:80', 'port'],
  ['api.*.com', 'wildcard'],
  ['*', 'wildcard'],
  ['10.0.0.0/33', '0 to 32'],
  ['fd00::/129', '0 to 128'],
  ['10.0.0.0/8/8', '0 to 32'],
  ['10.0.0', 'complete'],
  ['-bad.com', 'not a host name'],
  ['', 'not a host name'],
])('%s is refused with a word about its %s', (entry, word) => {
  expect(allowedHostMistake(entry)).toContain(word)
})

test('every IPv4 block with a prefix of at most 32 is allowed', () => {
  fc.assert(
    fc.property(fc.ipV4(), fc.integer({ min: 0, max: 32 }), (address, bits) => {
      expect(allowedHostMistake(`${address}/${bits}`)).toBeNull()
    }),
  )
})
