/** Doubles from `firstMs` with every attempt, up to `maxMs`. Attempts count from 1. */
export function exponential(firstMs, maxMs = 60_000) {
  return (attempt) => Math.min(firstMs * 2 ** (attempt - 1), maxMs)
}
