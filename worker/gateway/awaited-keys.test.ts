import { expect, test } from 'vitest'
import { AwaitedKeys } from './awaited-keys.ts'

test('a call with a key that is awaited waits until it is open, others never', async () => {
  const keys = new AwaitedKeys()
  keys.add('adopted')
  const heard: string[] = []
  const adopted = keys.opened('adopted').then(() => heard.push('adopted'))
  await keys.opened('other').then(() => heard.push('other'))
  expect(heard).toEqual(['other'])
  keys.open('adopted')
  await adopted
  expect(heard).toEqual(['other', 'adopted'])
  await keys.opened('adopted')
})

test('nobody waits for ever for a key that is never open', async () => {
  const keys = new AwaitedKeys()
  keys.add('lost', 5)
  await keys.opened('lost')
})
