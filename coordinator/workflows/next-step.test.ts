import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FAILURES, type FailureCode } from '../../core/failure.ts'
import {
  type AttemptFailure,
  afterFailedAttempt,
  afterFailedGrading,
  fleetWindow,
  GRADINGS,
  shardWindow,
} from './next-step.ts'

const failure = (code: string): AttemptFailure => ({ code, message: '' })
const codes = Object.keys(FAILURES) as FailureCode[]
const anyCode = fc.constantFrom(...codes, 'bug', 'something else')

test('whatever fails, a trial comes to an end', () => {
  fc.assert(
    fc.property(
      fc.array(anyCode, { minLength: 30, maxLength: 30 }),
      fc.integer({ min: 1, max: 10 }),
      (fates, attempts) => {
        const failures: AttemptFailure[] = []
        for (const code of fates) {
          failures.push(failure(code))
          if (afterFailedAttempt(failures, { attempts }).step === 'give-up') break
        }
        expect(failures.length).toBeLessThanOrEqual(attempts + 5)
      },
    ),
  )
})

test('a failure that the table calls hopeless is never tried again', () => {
  for (const code of codes.filter((name) => !FAILURES[name].retry)) {
    expect(afterFailedAttempt([failure(code)], { attempts: 9 }).step).toBe('give-up')
  }
})

test('what a node hands back starts again at once and costs the trial no try', () => {
  const handedBack = failure('node.restarted')
  expect(afterFailedAttempt([handedBack], { attempts: 1 })).toEqual({ step: 'retry', delayMs: 0 })
})

test('waits between tries grow, but not beyond a minute', () => {
  const lost = failure('sandbox.lost')
  const delays = Array.from({ length: 12 }, (_, index) => {
    const next = afterFailedAttempt(Array(index + 1).fill(lost), { attempts: 99 })
    return next.step === 'retry' ? next.delayMs : 0
  })
  expect(delays).toEqual([...delays].sort((left, right) => left - right))
  expect(delays.at(-1)).toBe(60_000)
})

test('a lost snapshot needs the agent again; a broken verifier only ever itself', () => {
  expect(afterFailedGrading(failure('snapshot.lost'), 1)).toBe('new-attempt')
  expect(afterFailedGrading(failure('node.lost'), 3)).toBe('new-attempt')
  expect(afterFailedGrading(failure('verifier.failed'), 1)).toBe('regrade')
  expect(afterFailedGrading(failure('verifier.failed'), GRADINGS)).toBe('ungraded')
})

test('the window keeps every slot busy and stays near twice the fleet', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.integer({ min: 0, max: 5 }),
      (slots, older) => {
        const window = fleetWindow(slots, null)
        expect(window).toBeGreaterThanOrEqual(slots)
        expect(window).toBeLessThanOrEqual(Math.max(4, 2 * slots))
        expect(shardWindow(window, older)).toBeGreaterThanOrEqual(Math.min(slots, window / 2))
      },
    ),
  )
})
