import { ActivityCompletionError, ActivityNotFoundError } from '@temporalio/client'
import { expect, test } from 'vitest'
import { untilAnswered } from './until-answered.ts'

test('an answer is given again while the server is away, and once it has been taken no more', async () => {
  let calls = 0
  await untilAnswered(async () => {
    calls += 1
    if (calls < 2) throw new ActivityCompletionError('14 UNAVAILABLE')
  }, 60_000)
  expect(calls).toBe(2)
})

test('an activity that somebody has answered for is not answered for again', async () => {
  let calls = 0
  const refused = untilAnswered(async () => {
    calls += 1
    throw new ActivityNotFoundError('Not found')
  }, 60_000)
  await expect(refused).rejects.toThrow(ActivityNotFoundError)
  expect(calls).toBe(1)
})
