import { expect, test } from 'vitest'
import { groupCommit } from './group-commit.ts'
import { WritePace } from './write-pace.ts'

test('calls at the same time share one write, in their order', async () => {
  const groups: number[][] = []
  const write = async (group: readonly number[]) => void groups.push([...group])
  const commit = groupCommit<number>(new WritePace({ windowMs: 5 }), write)
  await Promise.all([1, 2, 3].map((item) => commit(item)))
  await commit(4)
  expect(groups).toEqual([[1, 2, 3], [4]])
})

test('a lone call is written at once; those that follow it share one write a window later', async () => {
  const groups: number[][] = []
  const write = async (group: readonly number[]) => void groups.push([...group])
  const commit = groupCommit<number>(new WritePace({ windowMs: 3_600_000 }), write)
  await commit(1)
  void commit(2)
  void commit(3)
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(groups).toEqual([[1]])
})

test('a call resolves only after its own group is written', async () => {
  const { promise: held, resolve: release } = Promise.withResolvers<void>()
  const groups: number[][] = []
  const write = async (group: readonly number[]) => {
    await held
    groups.push([...group])
  }
  const commit = groupCommit<number>(new WritePace({ windowMs: 1 }), write)
  const first = commit(1)
  await new Promise((resolve) => setTimeout(resolve, 10))
  const second = commit(2)
  release()
  await second
  expect(groups).toEqual([[1], [2]])
  await first
})

test('a group that fails, fails for all of its callers, and the next one is written', async () => {
  let broken = true
  const write = async () => {
    if (broken) throw new Error('no engine')
  }
  const commit = groupCommit<number>(new WritePace({ windowMs: 1 }), write)
  const outcomes = await Promise.allSettled([commit(1), commit(2)])
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  broken = false
  await commit(3)
})
