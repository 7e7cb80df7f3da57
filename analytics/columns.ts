import { z } from 'zod'
import { OUTCOMES } from '../coordinator/contract/outcome.ts'

/** A column of type DateTime64(3, 'UTC'), as ISO 8601. */
export const timeColumn = z.string().transform((time) => `${time.replace(' ', 'T')}Z`)

export const outcomeColumn = z.enum(OUTCOMES)

/** A column of millionths, as a fraction of 1. */
export const scoreColumn = scaledColumn(1_000_000)

/** A column of milliseconds, as seconds. */
export const secondsColumn = scaledColumn(1_000)

function scaledColumn(unit: number) {
  return z.coerce
    .number()
    .nullable()
    .transform((value) => (value === null ? null : value / unit))
}
