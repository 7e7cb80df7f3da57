import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EventBatcher, type PendingChunk } from './event-batcher.ts'
import { WritePace } from './write-pace.ts'

const never = new WritePace({ windowMs: 3_600_000 })
const chunk = (source: number, rows: number): PendingChunk<number> => ({
  source,
  rows,
  lines: Buffer.from('x\n'),
})

test('every chunk is written once and in order, and no two batches at the same time', async () => {
  const property = fc.asyncProperty(
    fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 60 }),
    async (sizes) => {
      const written: number[] = []
      let open = 0
      const batcher = new EventBatcher<number>(
        never,
        async (batch) => {
          expect(++open).toBe(1)
          await new Promise((resolve) => setImmediate(resolve))
          written.push(...batch.map(({ source }) => source))
          open -= 1
        },
        { rows: 50, bytes: 1_000 },
      )
      for (const [index, rows] of sizes.entries()) await batcher.add(chunk(index, rows))
      await batcher.flush()
      expect(written).toEqual(sizes.map((_, index) => index))
    },
  )
  await fc.assert(property, { numRuns: 50 })
})

test('while a batch is written only one more fills: then adding waits', async () => {
  const { promise: held, resolve: release } = Promise.withResolvers<void>()
  const limits = { rows: 10, bytes: 1_000 }
  const batcher = new EventBatcher<number>(never, () => held, limits)
  await batcher.add(chunk(1, 10))
  let added = false
  const second = batcher.add(chunk(2, 10)).then(() => {
    added = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  expect(added).toBe(false)
  release()
  await second
  await batcher.flush()
})

test('a lone chunk is written at once, those after it together when it is old enough', async () => {
  const batches: number[] = []
  const write = async (batch: readonly PendingChunk<number>[]) => void batches.push(batch.length)
  const pace = new WritePace({ windowMs: 150 })
  const batcher = new EventBatcher<number>(pace, write, { rows: 10, bytes: 1_000 })
  await batcher.add(chunk(1, 1))
  await expect.poll(() => batches).toEqual([1])
  await batcher.add(chunk(2, 1))
  await batcher.add(chunk(3, 1))
  expect(batches).toEqual([1])
  await expect.poll(() => batches).toEqual([1, 2])
})
