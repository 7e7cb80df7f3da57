import type { DialectName } from '../../../core/model-call.ts'
import { isLost } from './losses.ts'

/** Keeps the account of what one request loses on its way to another dialect. */
export interface Translation {
  readonly from: DialectName
  /** Null for a model of our own, which takes all that canonical terms carry. */
  readonly to: DialectName | null
  readonly lost: string[]
  /** Whether the other side has a place for what stands at a path; noted as lost when it has none. */
  carries(path: string): boolean
  lose(path: string): void
  /** Notes every field of an object that nobody reads. */
  loseOthers(value: object, known: readonly string[], path?: string): void
}

export function translation(from: DialectName, to: DialectName | null): Translation {
  const lost: string[] = []
  return {
    from,
    to,
    lost,
    carries(path) {
      if (to === null || !isLost(from, to, path)) return true
      lost.push(path)
      return false
    },
    lose(path) {
      lost.push(path)
    },
    loseOthers(value, known, path = '') {
      for (const [key, field] of Object.entries(value)) {
        if (field === undefined || field === null || known.includes(key)) continue
        lost.push(path === '' ? key : `${path}.${key}`)
      }
    },
  }
}

/** A value that the other side has a place for; undefined when it has none, or there is no value. */
export function carried<T>(
  value: T,
  path: string,
  translation: Translation,
): NonNullable<T> | undefined {
  return value !== undefined && value !== null && translation.carries(path) ? value : undefined
}
