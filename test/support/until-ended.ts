import { eventually } from './eventually.ts'
import type { Farm } from './farm.ts'

/** Resolves when the sweep is over, as far as the database, which may be away, can tell. */
export function untilEnded(farm: Farm, sweep: string, timeoutMs = 150_000): Promise<void> {
  const hasEnded = () => farm.hasEnded(sweep).catch(() => false)
  return eventually('the sweep ends', hasEnded, timeoutMs)
}
