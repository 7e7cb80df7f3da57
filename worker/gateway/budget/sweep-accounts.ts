import { z } from 'zod'

/** What one process of one node has spent of a sweep's budget, and holds for calls under way. */
export interface Account {
  readonly spentMicros: number
  readonly reservedMicros: number
  /** Milliseconds since 1970 when it last was renewed: the lease of what is reserved begins there. */
  readonly renewedAt: number
}

/** A sweep's accounts, by node and boot. They only ever add up: nobody changes another's. */
export type Accounts = Readonly<Record<string, Account>>

/** A process that holds reservations renews its account more often than this. */
export const LEASE_MS = 60_000

const accountsSchema = z.record(
  z.string(),
  z.object({ spentMicros: z.number(), reservedMicros: z.number(), renewedAt: z.number() }),
)

/** @throws ZodError on what none of us wrote. */
export function parseAccounts(text: string | null): Accounts {
  return accountsSchema.parse(JSON.parse(text ?? 'null') ?? {})
}

/**
 * All that must be taken for spent. What a process had reserved when it died stays in here for
 * good: its calls may have been answered, and nobody is left to say what they cost.
 */
export function usedMicros(accounts: Accounts): number {
  return Object.values(accounts).reduce(
    (sum, { spentMicros, reservedMicros }) => sum + spentMicros + reservedMicros,
    0,
  )
}

/** What is reserved by processes that live, so that some of it may come back. */
export function comingBackMicros(accounts: Accounts, now: number): number {
  return Object.values(accounts)
    .filter(({ renewedAt }) => now - renewedAt < LEASE_MS)
    .reduce((sum, { reservedMicros }) => sum + reservedMicros, 0)
}
