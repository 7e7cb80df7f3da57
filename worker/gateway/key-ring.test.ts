import { expect, test } from 'vitest'
import { KeyRing } from './key-ring.ts'

test('whoever has a key that is expected waits until it opens something, others never', async () => {
  const keys = new KeyRing<string>()
  keys.expect('adopted')
  const found: (string | undefined)[] = []
  const adopted = keys.find('adopted').then((opened) => found.push(opened))
  await keys.find('other').then((opened) => found.push(opened))
  expect(found).toEqual([undefined])
  keys.open('adopted', 'the first')
  await adopted
  expect(found).toEqual([undefined, 'the first'])
})

test('nobody waits for ever for a key that never opens anything', async () => {
  const keys = new KeyRing<string>()
  keys.expect('lost', 5)
  expect(await keys.find('lost')).toBeUndefined()
})

test('what is closed late does not take the key of what was opened after it', async () => {
  const keys = new KeyRing<string>()
  keys.open('key', 'the first')
  keys.open('key', 'the second')
  keys.close('key', 'the first')
  expect(await keys.find('key')).toBe('the second')
  keys.close('key', 'the second')
  expect(await keys.find('key')).toBeUndefined()
})
