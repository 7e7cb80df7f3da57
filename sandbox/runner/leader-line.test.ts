import { expect, test } from 'vitest'
import { LeaderLine } from './leader-line.ts'

test('the first line is ours, however it is cut, and the rest is not', async () => {
  const line = new LeaderLine()
  const own = ['12', '34\noo', 'ps\n7\n'].map((text) => line.take(Buffer.from(text)).toString())
  expect(own.join('')).toBe('oops\n7\n')
  expect(await line.found).toBe(1234)
})

test('without our line nothing is lost', async () => {
  const other = new LeaderLine()
  expect(other.take(Buffer.from('sh: not found\n')).toString()).toBe('sh: not found\n')
  expect(await other.found).toBeNull()
  const short = new LeaderLine()
  expect(short.take(Buffer.from('no')).length).toBe(0)
  expect(short.end().toString()).toBe('no')
  expect(await short.found).toBeNull()
})
