import { ApplicationFailure } from '@temporalio/common'
import type { ActivityInterceptorsFactory } from '@temporalio/worker'
import { Failure } from '../../core/failure.ts'

/** Temporal keeps 4 KB of an activity's failure, stack and causes included. */
const MESSAGE_CHARACTERS = 1_000

/**
 * Says a {@link Failure} of an activity in Temporal's words: `type` is the code, and what the table
 * of failures calls hopeless is not retried. Anything else is a bug and rises as it is.
 */
export const failureInterceptor: ActivityInterceptorsFactory = () => ({
  inbound: {
    async execute(input, next) {
      try {
        return await next(input)
      } catch (thrown) {
        const error = whatCameFirst(thrown)
        throw error instanceof Failure ? applicationFailure(error) : error
      }
    },
  },
})

/** Where tidying up failed as well, what made it necessary is what counts. */
export function whatCameFirst(error: unknown): unknown {
  return error instanceof SuppressedError ? whatCameFirst(error.suppressed) : error
}

export function applicationFailure(failure: Failure): ApplicationFailure {
  return ApplicationFailure.create({
    type: failure.code,
    message: failure.message.slice(0, MESSAGE_CHARACTERS),
    nonRetryable: !failure.retry,
    details: [failure.facts],
  })
}
