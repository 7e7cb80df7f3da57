import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { EventBatcher } from './event-batcher.ts'
import { groupCommit } from './group-commit.ts'
import { WritePace } from './write-pace.ts'

const NEVER = 3_600_000

test('who is in a hurry makes all writers of a process write, those that rest already too', async () => {
  const pace = new WritePace({ windowMs: NEVER, hurriedMs: 1 })
  const groups: number[] = []
  const batches: number[] = []
  const commit = groupCommit<number>(pace, async (group) => void groups.push(group.length))
  const batcher = new EventBatcher<number>(pace, async (batch) => void batches.push(batch.length))
  const add = (source: number) => batcher.add({ source, rows: 1, lines: Buffer.from('x\n') })
  await commit(1)
  await add(1)
  await expect.poll(() => batches).toEqual([1])
  const second = Promise.all([commit(2), commit(3)])
  await add(2)
  await add(3)
  {
    using _hurry = pace.hurry()
    await second
    await expect.poll(() => batches).toEqual([1, 2])
    await commit(4)
  }
  expect(groups).toEqual([1, 2, 1])
  void commit(5)
  await sleep(20)
  expect(groups, 'after the hurry writers rest again').toEqual([1, 2, 1])
})

test('as long as anybody is in a hurry, writers are', async () => {
  const pace = new WritePace({ windowMs: NEVER, hurriedMs: 1 })
  const first = pace.hurry()
  using _second = pace.hurry()
  first[Symbol.dispose]()
  await pace.rest(performance.now())
})

test('even in a hurry there is some time between two writes', async () => {
  const pace = new WritePace({ windowMs: NEVER, hurriedMs: NEVER })
  using _hurry = pace.hurry()
  let rested = false
  void pace.rest(performance.now()).then(() => {
    rested = true
  })
  await sleep(20)
  expect(rested).toBe(false)
})

test('a rest that nobody waits for any more ends', async () => {
  const pace = new WritePace({ windowMs: NEVER })
  const nobody = new AbortController()
  const rest = pace.rest(performance.now(), nobody.signal)
  nobody.abort()
  await rest
})
