import { z } from 'zod'
import type { PerTrialLimits } from '../coordinator/contract/sweep.ts'
import { parseDuration } from './duration-text.ts'
import { parseDollars } from './money.ts'

const MONEY = 'write US dollars, such as 50usd or 0.5'
const DURATION = 'write a duration, such as 90s, 30min or 2h'
const COUNT = 'write a whole number above 0'

/** US dollars, parsed to millionths. */
export const money = parsed(parseDollars, MONEY)
/** A duration, parsed to milliseconds. */
const duration = parsed(parseDuration, DURATION)
const count = z.number(COUNT).int(COUNT).positive(COUNT)

/** What one attempt may use of models at most; what is absent is unlimited. */
export const perTrialSchema = z
  .strictObject(
    {
      cost: money.nullish(),
      /** Input and output together. */
      tokens: count.nullish(),
      calls: count.nullish(),
      /** Of answers, without waiting for a turn at the provider. */
      modelTime: duration.nullish(),
    },
    'write a table such as {cost: 2usd, calls: 200}',
  )
  .transform(
    ({ cost, tokens, calls, modelTime }): PerTrialLimits => ({
      costMicros: cost ?? null,
      tokens: tokens ?? null,
      calls: calls ?? null,
      modelTimeMs: modelTime ?? null,
    }),
  )

function parsed(parse: (written: string | number) => number | null, remedy: string) {
  return z.union([z.string(), z.number()], remedy).transform((written, context) => {
    const value = parse(written)
    if (value !== null) return value
    context.addIssue({ code: 'custom', message: remedy })
    return z.NEVER
  })
}
