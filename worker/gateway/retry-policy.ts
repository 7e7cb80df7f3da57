/** How long a call goes on when its provider does not answer well. */
export interface RetryPolicy {
  /** Tries of one call at most, refusals for coming too often not counted. */
  readonly tries: number
  /** The first pause lasts up to this; each further one up to twice as long. */
  readonly firstPauseMs: number
  readonly longestPauseMs: number
  /** From asking to the first byte of a stream. */
  readonly firstByteMs: number
  /** From asking to the first byte of an answer that comes whole. */
  readonly wholeAnswerMs: number
  /** Between two bytes. */
  readonly silenceMs: number
  /** Of a call from its beginning, after which it is not tried again. */
  readonly patienceMs: number
  /** Calls in a row that broke off in the middle, after which the attempt is given up. */
  readonly cutsInRow: number
}

export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  tries: 6,
  firstPauseMs: 500,
  longestPauseMs: 30_000,
  firstByteMs: 5 * 60_000,
  wholeAnswerMs: 15 * 60_000,
  silenceMs: 5 * 60_000,
  patienceMs: 30 * 60_000,
  cutsInRow: 5,
}

/**
 * Full jitter: anywhere between nothing and the longest, so that callers who failed together do
 * not come back together.
 *
 * @see AWS Architecture Blog, Exponential Backoff and Jitter (2015).
 */
export function pauseMs(
  failures: number,
  { firstPauseMs, longestPauseMs }: RetryPolicy,
  random: () => number = Math.random,
): number {
  return random() * Math.min(longestPauseMs, firstPauseMs * 2 ** (failures - 1))
}
