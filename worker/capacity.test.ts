import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Capacity, type Hold } from './capacity.ts'

const settled = async (promise: Promise<unknown>): Promise<boolean> => {
  const waiting = Symbol('waiting')
  return (await Promise.race([promise, Promise.resolve(waiting)])) !== waiting
}

test('what is held never exceeds the node, in whatever order work comes and goes', async () => {
  const sizes = fc.record({
    cpus: fc.constantFrom(1, 2, 4),
    memoryMb: fc.constantFrom(512, 2048, 4096),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(sizes, { maxLength: 30 }), async (wishes) => {
      const capacity = new Capacity({ cpus: 4, memoryMb: 8192 })
      const holds: Hold[] = []
      const pending = wishes.map(async (room) => {
        const hold = await capacity.acquire(room)
        expect(capacity.used.cpus).toBeLessThanOrEqual(4)
        expect(capacity.used.memoryMb).toBeLessThanOrEqual(8192)
        holds.push(hold)
      })
      for (let turn = 0; turn <= wishes.length; turn++) {
        await Promise.resolve()
        holds.shift()?.release()
      }
      await Promise.all(
        pending.map(async (wish) => {
          await Promise.race([wish, drain(holds)])
          return wish
        }),
      )
      for (const hold of holds) hold.release()
      expect(capacity.used).toEqual({ cpus: 0, memoryMb: 0 })
    }),
  )
})

async function drain(holds: Hold[]): Promise<void> {
  while (holds.length > 0) {
    holds.shift()?.release()
    await Promise.resolve()
  }
}

test('work that is here goes before polls for more', async () => {
  const capacity = new Capacity({ cpus: 1, memoryMb: 2048 })
  const first = await capacity.acquire({ cpus: 1, memoryMb: 1024 })
  const poll = capacity.reserve('small')
  const work = capacity.acquire({ cpus: 1, memoryMb: 1024 })
  first.release()
  const hold = await work
  expect(await settled(poll)).toBe(false)
  hold.release()
  await poll
})

test('an idle poll of one class leaves room for another class to poll', () => {
  const capacity = new Capacity({ cpus: 2, memoryMb: 4096 })
  expect(capacity.tryReserve('small')).not.toBeNull()
  expect(capacity.tryReserve('medium')).not.toBeNull()
})

test('a class never polls for more than fits beside what runs', () => {
  const capacity = new Capacity({ cpus: 2, memoryMb: 4096 })
  capacity.tryReserve('small')?.use()
  expect(capacity.tryReserve('small')).not.toBeNull()
  expect(capacity.tryReserve('small')).toBeNull()
  expect(capacity.tryReserve('medium')).toBeNull()
})

test('giving room back twice frees it once', async () => {
  const capacity = new Capacity({ cpus: 2, memoryMb: 4096 })
  const one = await capacity.acquire({ cpus: 1, memoryMb: 1 })
  await capacity.acquire({ cpus: 1, memoryMb: 1 })
  one.release()
  one.release()
  expect(capacity.used.cpus).toBe(1)
})

test('an aborted wish leaves the queue', async () => {
  const capacity = new Capacity({ cpus: 1, memoryMb: 2048 })
  const hold = await capacity.acquire({ cpus: 1, memoryMb: 1 })
  const controller = new AbortController()
  const wish = capacity.acquire({ cpus: 1, memoryMb: 1 }, controller.signal)
  controller.abort(new Error('drained'))
  await expect(wish).rejects.toThrow('drained')
  hold.release()
  expect(capacity.used.cpus).toBe(0)
})
