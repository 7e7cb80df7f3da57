import { ActivityCompletionError, ActivityNotFoundError } from '@temporalio/client'
import { expect, test } from 'vitest'
import { untilAnswered } from './until-answered.ts'

const away = new ActivityCompletionError('14 UNAVAILABLE')
const unknown = new ActivityNotFoundError('Not found')

/** Calls that end as listed, the last one again and again. */
function endingWith(...ends: readonly (Error | null)[]) {
  const calls = { count: 0 }
  const call = async () => {
    const end = ends[Math.min(calls.count, ends.length - 1)]
    calls.count += 1
    if (end instanceof Error) throw end
  }
  return { call, calls }
}

test('an answer is given again while the server is away, and once it has been taken no more', async () => {
  const { call, calls } = endingWith(away, null)
  expect(await untilAnswered(call, 60_000)).toBe(true)
  expect(calls.count).toBe(2)
})

test('what nobody waits for is said once, and known not to be taken', async () => {
  const { call, calls } = endingWith(unknown)
  expect(await untilAnswered(call, 60_000)).toBe(false)
  expect(calls.count).toBe(1)
})

test('after a try that failed an unknown activity may be one that this answer has ended', async () => {
  const { call } = endingWith(away, unknown)
  expect(await untilAnswered(call, 60_000)).toBe(true)
})

test('the patience ends', async () => {
  await expect(untilAnswered(endingWith(away).call, 0)).rejects.toThrow(away)
})
