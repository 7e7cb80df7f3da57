import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Pace } from '../../../models/provider.ts'
import {
  correctTokens,
  HOLDER_LEASE_MS,
  isOpen,
  type PaceState,
  parsePace,
  RECOVERY_MS,
  shareNow,
  slowDown,
  takeTurn,
} from './pace-state.ts'

const UNLIMITED: Pace = { requestsPerMinute: null, tokensPerMinute: null, concurrency: null }
const START = 1_000_000
const fresh = parsePace(null)

/** Asks `count` times at the given moments. @returns when the turns begin, in order. */
function turns(
  pace: Pace,
  asks: readonly { at: number; tokens: number }[],
  from = fresh,
): number[] {
  let state: PaceState = from
  return asks.map(({ at, tokens }) => {
    const taken = takeTurn(state, pace, { tokens, holder: 'a', now: at })
    state = taken.state
    return taken.startAt ?? Number.POSITIVE_INFINITY
  })
}

const asks = fc
  .array(fc.record({ gap: fc.nat(4_000), tokens: fc.integer({ min: 1, max: 900 }) }), {
    maxLength: 120,
  })
  .map((steps) => {
    let at = START
    return steps.map(({ gap, tokens }) => {
      at += gap
      return { at, tokens }
    })
  })

test('no minute holds more requests or tokens than the pace and its burst allow, however calls come', () => {
  const pace: Pace = { ...UNLIMITED, requestsPerMinute: 60, tokensPerMinute: 10_000 }
  fc.assert(
    fc.property(asks, (all) => {
      const starts = turns(pace, all)
      for (const begin of starts) {
        const inMinute = starts.flatMap((start, index) =>
          start >= begin && start < begin + 60_000 ? [all[index]?.tokens ?? 0] : [],
        )
        expect(inMinute.length).toBeLessThanOrEqual(60 * 1.1 + 1)
        const tokens = inMinute.reduce((sum, one) => sum + one, 0)
        expect(tokens).toBeLessThanOrEqual(10_000 * 1.1 + 900)
      }
      expect(starts.every((start, index) => start >= (all[index]?.at ?? 0))).toBe(true)
    }),
  )
})

test('a call within the pace does not wait', () => {
  const pace: Pace = { ...UNLIMITED, requestsPerMinute: 60 }
  const calm = Array.from({ length: 30 }, (_, index) => ({ at: START + index * 1_000, tokens: 1 }))
  expect(turns(pace, calm)).toEqual(calm.map(({ at }) => at))
})

test('as many calls as may be are under way at once; the dead give their places back', () => {
  const pace: Pace = { ...UNLIMITED, concurrency: 2 }
  const both = [1, 2].reduce(
    (state, number) => takeTurn(state, pace, { tokens: 1, holder: `${number}`, now: START }).state,
    fresh,
  )
  const turn = { tokens: 1, holder: '3' }
  expect(takeTurn(both, pace, { ...turn, now: START }).startAt).toBeNull()
  const later = START + HOLDER_LEASE_MS
  expect(takeTurn(both, pace, { ...turn, now: later }).startAt).toBe(later)
})

test('a storm of refusals halves the pace once and closes it for as long as the provider said', () => {
  const complaint = {
    retryAfterMs: 7_000,
    startedAt: START - 10,
    requestsPerMinute: 600,
    now: START,
  }
  const slowed = slowDown(fresh, complaint)
  const stormed = Array.from({ length: 20 }).reduce<PaceState>(
    (state) => slowDown(state, { ...complaint, now: START + 5 }),
    slowed,
  )
  expect(shareNow(stormed, START)).toBe(0.5)
  expect(takeTurn(stormed, UNLIMITED, { tokens: 1, holder: 'a', now: START }).startAt).toBe(
    START + 7_005,
  )
})

test('the pace recovers slowly, until an unlimited provider is asked freely again', () => {
  const slowed = slowDown(fresh, {
    retryAfterMs: 0,
    startedAt: START,
    requestsPerMinute: 600,
    now: START,
  })
  const again = slowDown(slowed, {
    retryAfterMs: 0,
    startedAt: START + 1,
    requestsPerMinute: 9,
    now: START + 1,
  })
  expect(shareNow(again, START + 1)).toBeCloseTo(0.25, 4)
  expect(shareNow(again, START + RECOVERY_MS)).toBeCloseTo(0.5, 4)
  expect(isOpen(again, UNLIMITED, START + RECOVERY_MS)).toBe(false)
  expect(isOpen(again, UNLIMITED, START + 2 * RECOVERY_MS + 1)).toBe(true)
})

test('tokens that a call did not take are given to those after it', () => {
  const pace: Pace = { ...UNLIMITED, tokensPerMinute: 6_000 }
  const taken = takeTurn(fresh, pace, { tokens: 6_000, holder: 'a', now: START }).state
  const corrected = correctTokens(taken, pace, { more: -5_400, now: START })
  const next = { tokens: 600, holder: 'a', now: START }
  expect(takeTurn(taken, pace, next).startAt).toBeGreaterThan(START + 50_000)
  expect(takeTurn(corrected, pace, next).startAt).toBeLessThan(START + 7_000)
})
