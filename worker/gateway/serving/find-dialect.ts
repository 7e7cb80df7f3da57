import type { IncomingHttpHeaders } from 'node:http'
import { Failure } from '../../../core/failure.ts'
import type { Dialect } from '../dialects/dialect.ts'

/** The dialect whose path a request names; null for none. */
export type DialectFinder = (
  method: string,
  url: URL,
  headers: IncomingHttpHeaders,
) => Dialect | null

/** Paths with a model's name in them are many: so many are remembered. */
const MOST_REMEMBERED = 1_000

/** Where two dialects share a path, a request is of the one whose client it is by its headers. */
export function dialectFinder(dialects: readonly Dialect[]): DialectFinder {
  const remembered = new Map<string, readonly Dialect[]>()
  return (method, { pathname, search }, headers) => {
    const path = `${method} ${pathname}`
    let candidates = remembered.get(path)
    if (candidates === undefined) {
      candidates = dialects.filter((dialect) => isItsPath(dialect, method, pathname + search))
      if (remembered.size < MOST_REMEMBERED) remembered.set(path, candidates)
    }
    const isAnthropic = headers['anthropic-version'] !== undefined
    const byClient = candidates.find(({ name }) => (name === 'anthropic-messages') === isAnthropic)
    return byClient ?? candidates[0] ?? null
  }
}

function isItsPath(dialect: Dialect, method: string, path: string): boolean {
  try {
    return dialect.read(method, path, {}) !== null
  } catch (error) {
    // It is, but it wants more of the body.
    if (error instanceof Failure) return true
    throw error
  }
}
