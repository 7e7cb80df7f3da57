import { z } from 'zod'
import { positiveNumber, wholeNumber } from './number-flag.ts'

const LEVEL = 'write a fraction between 0 and 1, such as 0.95'

/** What every command with statistics takes. */
export const LEVEL_FLAG = z.coerce
  .number(LEVEL)
  .gt(0, LEVEL)
  .lt(1, LEVEL)
  .default(0.95)
  .meta({ description: 'coverage of the intervals', value: 'fraction' })

export const STATISTICS_FLAGS = {
  level: LEVEL_FLAG,
  theseTasks: z
    .boolean()
    .default(false)
    .describe('the interval of these tasks only too: what a re-run would scatter by'),
  by: z
    .enum(['category', 'family'])
    .optional()
    .meta({ description: 'boards of each category or family too' }),
  baseline: z
    .string()
    .optional()
    .meta({ description: 'compare every contestant with this one alone', value: 'contestant' }),
  margin: positiveNumber()
    .optional()
    .meta({ description: 'smallest difference that matters, in points', value: 'points' }),
  resamples: wholeNumber(0, 1_000_000)
    .default(10_000)
    .meta({ description: 'draws of the bootstrap; 0 draws none', value: 'n' }),
  seed: wholeNumber(0, Number.MAX_SAFE_INTEGER)
    .default(1)
    .meta({ description: 'of every random draw', value: 'n' }),
}
