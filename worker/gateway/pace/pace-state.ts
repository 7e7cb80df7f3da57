import { z } from 'zod'
import type { Pace } from '../../../models/provider.ts'

/** Milliseconds since 1970 throughout: nodes' clocks may differ by a little, a pace by as little. */
export interface PaceState {
  /** When the next request is due if requests come evenly (a generic cell rate algorithm). */
  readonly requestDueAt: number
  readonly tokenDueAt: number
  /** The provider said to come back no sooner. */
  readonly closedUntil: number
  /** What a refusal for coming too often has taught; null when there was none lately. */
  readonly slowed: Slowed | null
  /** Calls under way, by process. */
  readonly holders: Readonly<Record<string, { readonly calls: number; readonly renewedAt: number }>>
}

export interface Slowed {
  /** Share of the rate that is used, at `at`; it doubles with each {@link RECOVERY_MS} until it is 1. */
  readonly share: number
  readonly at: number
  /** Requests a minute as they were when the provider complained. */
  readonly requestsPerMinute: number
}

/** What is learned of a 429 is half forgotten after so long. */
export const RECOVERY_MS = 60_000
/** A holder that was not renewed for so long is dead. */
export const HOLDER_LEASE_MS = 60_000
/** How much of a minute may come at once. */
const BURST = 0.1
const LONGEST_CLOSED_MS = 5 * 60_000
const SLOWEST_SHARE = 1 / 64
const MINUTE_MS = 60_000
/** Who asks less often than this is not refused for how often it asks, and need not become slower still. */
const SLOW_REQUESTS_PER_MINUTE = 60

const stateSchema = z.object({
  requestDueAt: z.number(),
  tokenDueAt: z.number(),
  closedUntil: z.number(),
  slowed: z.object({ share: z.number(), at: z.number(), requestsPerMinute: z.number() }).nullable(),
  holders: z.record(z.string(), z.object({ calls: z.number(), renewedAt: z.number() })),
})

const FRESH: PaceState = {
  requestDueAt: 0,
  tokenDueAt: 0,
  closedUntil: 0,
  slowed: null,
  holders: {},
}

/** @throws ZodError on what none of us wrote. */
export function parsePace(text: string | null): PaceState {
  const value: unknown = JSON.parse(text ?? 'null')
  return value === null ? FRESH : stateSchema.parse(value)
}

export interface Turn {
  readonly tokens: number
  readonly holder: string
  readonly now: number
}

/** A turn that begins at `startAt`; null while as many calls are under way as may be. */
export function takeTurn(
  state: PaceState,
  pace: Pace,
  { tokens, holder, now }: Turn,
): { readonly state: PaceState; readonly startAt: number | null } {
  if (pace.concurrency !== null && callsUnderWay(state, now) >= pace.concurrency) {
    return { state, startAt: null }
  }
  const rates = ratesOf(state, pace, now)
  const requests = due(state.requestDueAt, rates.requestsPerMinute, { amount: 1, now })
  const tokenTurn = due(state.tokenDueAt, rates.tokensPerMinute, { amount: tokens, now })
  const held = state.holders[holder]?.calls ?? 0
  return {
    state: {
      ...state,
      requestDueAt: requests.dueAt,
      tokenDueAt: tokenTurn.dueAt,
      holders: { ...living(state, now), [holder]: { calls: held + 1, renewedAt: now } },
    },
    startAt: Math.max(now, state.closedUntil, requests.startAt, tokenTurn.startAt),
  }
}

/** A call took other than the tokens that its turn was given for. */
export function correctTokens(
  state: PaceState,
  pace: Pace,
  { more, now }: { more: number; now: number },
) {
  const { tokensPerMinute } = ratesOf(state, pace, now)
  if (tokensPerMinute === null) return state
  return { ...state, tokenDueAt: state.tokenDueAt + (more * MINUTE_MS) / tokensPerMinute }
}

export interface Complaint {
  readonly retryAfterMs: number
  /** When the refused call began: a storm of refusals halves the pace once, not once for each call. */
  readonly startedAt: number
  /** Requests that this process made in the last minute. */
  readonly requestsPerMinute: number
  readonly now: number
}

export function slowDown(state: PaceState, complaint: Complaint): PaceState {
  const { retryAfterMs, startedAt, requestsPerMinute, now } = complaint
  const closedUntil = Math.max(state.closedUntil, now + Math.min(retryAfterMs, LONGEST_CLOSED_MS))
  if (state.slowed !== null && startedAt <= state.slowed.at) return { ...state, closedUntil }
  const share = Math.max(SLOWEST_SHARE, shareNow(state, now) / 2)
  const rate = Math.max(
    SLOW_REQUESTS_PER_MINUTE,
    state.slowed?.requestsPerMinute ?? requestsPerMinute,
  )
  return { ...state, closedUntil, slowed: { share, at: now, requestsPerMinute: rate } }
}

/** Whether turns have to be asked for at all. */
export function isOpen(state: PaceState, pace: Pace, now: number): boolean {
  const unlimited =
    pace.requestsPerMinute === null && pace.tokensPerMinute === null && pace.concurrency === null
  return unlimited && shareNow(state, now) === 1 && state.closedUntil <= now
}

export function shareNow({ slowed }: PaceState, now: number): number {
  return slowed === null ? 1 : Math.min(1, slowed.share * 2 ** ((now - slowed.at) / RECOVERY_MS))
}

function ratesOf(state: PaceState, pace: Pace, now: number) {
  const share = shareNow(state, now)
  const learned = share === 1 ? null : (state.slowed?.requestsPerMinute ?? null)
  const requests = pace.requestsPerMinute ?? learned
  return {
    requestsPerMinute: requests === null ? null : requests * share,
    tokensPerMinute: pace.tokensPerMinute === null ? null : pace.tokensPerMinute * share,
  }
}

function due(
  dueAt: number,
  perMinute: number | null,
  { amount, now }: { amount: number; now: number },
) {
  if (perMinute === null) return { startAt: now, dueAt }
  const from = Math.max(now, dueAt)
  const burstMs = Math.max((amount * MINUTE_MS) / perMinute, BURST * MINUTE_MS)
  const next = from + (amount * MINUTE_MS) / perMinute
  return { startAt: Math.max(now, next - burstMs), dueAt: next }
}

function living({ holders }: PaceState, now: number): PaceState['holders'] {
  const alive = Object.entries(holders).filter(([, held]) => now - held.renewedAt < HOLDER_LEASE_MS)
  return Object.fromEntries(alive)
}

function callsUnderWay(state: PaceState, now: number): number {
  return Object.values(living(state, now)).reduce((sum, { calls }) => sum + calls, 0)
}
