import { ApplicationFailure } from '@temporalio/common'
import { expect, test } from 'vitest'
import { FAILURES, Failure, isFailureCode } from '../../core/failure.ts'
import { applicationFailure, failureInterceptor } from './failure-interceptor.ts'

test('every failure crosses Temporal with its code, and is retried as the table says', () => {
  for (const code of Object.keys(FAILURES).filter(isFailureCode)) {
    const failure = applicationFailure(new Failure(code, 'why', { facts: { trial: 't' } }))
    expect(failure).toBeInstanceOf(ApplicationFailure)
    expect(failure.type).toBe(code)
    expect(failure.nonRetryable).toBe(!FAILURES[code].retry)
    expect(failure.details).toEqual([{ trial: 't' }])
  }
})

test('a long message is cut, since Temporal keeps 4 KB of a failure', () => {
  const failure = applicationFailure(new Failure('verifier.failed', 'x'.repeat(100_000)))
  expect(failure.message.length).toBeLessThanOrEqual(1_000)
})

test('when tidying up fails as well, it is the first failure that crosses', async () => {
  const inbound = failureInterceptor({} as never).inbound
  const lost = new Failure('sandbox.lost', 'it went away')
  const activity = async (): Promise<unknown> => {
    using _sandbox = {
      [Symbol.dispose]() {
        throw new Error('nothing to remove')
      },
    }
    throw lost
  }
  const executed = inbound?.execute?.({} as never, activity)
  await expect(executed).rejects.toMatchObject({ type: 'sandbox.lost' })
})
