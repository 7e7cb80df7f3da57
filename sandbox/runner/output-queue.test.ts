import { expect, test } from 'vitest'
import { OutputQueue } from './output-queue.ts'

const piece = (text: string) => Buffer.from(text)

test('a piece counts as read when the next is asked for', async () => {
  const read: number[] = []
  const queue = new OutputQueue((bytes) => read.push(bytes))
  queue.push(piece('one'))
  queue.push(piece('three'))
  const reader = queue[Symbol.asyncIterator]()
  await reader.next()
  expect(read).toEqual([])
  await reader.next()
  expect(read).toEqual([3])
  queue.end()
  expect(await reader.next()).toEqual({ done: true, value: undefined })
  expect(read).toEqual([3, 5])
})

test('who breaks off has read the piece in hand, and can read on', async () => {
  const read: number[] = []
  const queue = new OutputQueue((bytes) => read.push(bytes))
  queue.push(piece('one'))
  queue.push(piece('two'))
  for await (const _ of queue) break
  expect(read).toEqual([3])
  queue.end()
  const rest: string[] = []
  for await (const bytes of queue) rest.push(Buffer.from(bytes).toString())
  expect(rest).toEqual(['two'])
})

test('what is queued is read before an error is thrown, and dropping ends at once', async () => {
  const broken = new OutputQueue()
  broken.push(piece('last words'))
  broken.end(new Error('gone'))
  const reader = broken[Symbol.asyncIterator]()
  expect((await reader.next()).done).toBe(false)
  await expect(reader.next()).rejects.toThrow('gone')

  const dropped = new OutputQueue()
  dropped.push(piece('unwanted'))
  dropped.drop()
  dropped.push(piece('late'))
  expect((await dropped[Symbol.asyncIterator]().next()).done).toBe(true)
  expect(dropped.queuedBytes).toBe(0)
})

test('readers that wait are all told of the end', async () => {
  const queue = new OutputQueue()
  const waiting = [queue, queue].map((each) => each[Symbol.asyncIterator]().next())
  queue.end()
  expect((await Promise.all(waiting)).every(({ done }) => done)).toBe(true)
})
