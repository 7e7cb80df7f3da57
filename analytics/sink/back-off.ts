export interface BackOff {
  /** How long to wait now, in milliseconds. */
  next(): number
  /** It went well: the next pause is short again. */
  reset(): void
}

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 10_000

/** Pauses that double up to ten seconds, well below the time after which NATS delivers again. */
export function backOff({
  firstPauseMs = FIRST_PAUSE_MS,
  longestPauseMs = LONGEST_PAUSE_MS,
} = {}): BackOff {
  let pauseMs = firstPauseMs
  return {
    next() {
      const now = pauseMs
      pauseMs = Math.min(pauseMs * 2, longestPauseMs)
      return now
    },
    reset() {
      pauseMs = firstPauseMs
    },
  }
}
