import { z } from 'zod'
import { DIALECTS } from '../core/model-call.ts'
import { INTERNAL_PROVIDERS } from './built-in-providers.ts'

const whole = 'write a whole number above 0'
const count = z.number(whole).int(whole).positive(whole)

const providerName = z
  .string('name the provider: what stands before the slash of its models')
  .regex(/^[a-z0-9][a-z0-9._-]{0,49}$/, 'write lower-case letters, digits, or any of . _ -')
  .refine((name) => !INTERNAL_PROVIDERS.some((own) => own === name), {
    error: 'this name belongs to the farm; choose another',
  })

const baseUrl = z
  .url({ protocol: /^https?$/, error: 'write an address that begins with http:// or https://' })
  .transform((url) => url.replace(/\/+$/, ''))
  .refine((url) => !/\/v1(beta)?$/.test(url), {
    error: 'leave the version out of the address: paths such as /v1/messages are put behind it',
  })

const KEY_REMEDY =
  'say where the key is: {env: NAME} or {file: path}; a key itself is never written here'
const key = z.union(
  [
    z.strictObject({ env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/) }),
    z.strictObject({ file: z.string().min(1) }),
    z.null(),
  ],
  KEY_REMEDY,
)

const pace = z.strictObject({
  requestsPerMinute: count.nullable().default(null),
  tokensPerMinute: count.nullable().default(null),
  concurrency: count.nullable().default(null),
})

const provider = z.strictObject(
  {
    name: providerName,
    dialects: z
      .tuple(
        [z.enum(DIALECTS, `one of ${DIALECTS.join(', ')}`)],
        z.enum(DIALECTS, `one of ${DIALECTS.join(', ')}`),
      )
      .optional(),
    baseUrl: baseUrl.optional(),
    key: key.optional(),
    headers: z.record(z.string(), z.string('write a text')).optional(),
    pace: pace.optional(),
  },
  'write a table with name, dialects, baseUrl and key',
)
export type ProviderEntry = z.output<typeof provider>

const DOLLARS = 'write US dollars for a million tokens, 0 or more'
const dollars = z.number(DOLLARS).min(0, DOLLARS)
const rates = {
  input: dollars,
  output: dollars,
  cachedInput: dollars.nullable().default(null),
  cacheWrite: dollars.nullable().default(null),
}
const longPrompt = z.strictObject({ above: count, ...rates })

const price = z
  .strictObject({
    ...rates,
    asOf: z.iso.date('write the day on which you read the price, such as 2026-01-31'),
    longPrompt: longPrompt.optional(),
  })
  .transform(({ longPrompt, ...usual }) =>
    longPrompt === undefined ? usual : { ...usual, longPrompt },
  )

const model = z.strictObject(
  {
    model: z
      .string('name the model')
      .regex(/^[a-z0-9._-]+\/\S+$/, 'write provider/name, such as vllm/qwen3-coder'),
    price: price.optional(),
    contextTokens: count.optional(),
    maxOutputTokens: count.optional(),
  },
  'write a table with model, price and contextTokens',
)
export type ModelEntry = z.output<typeof model>

/** The file of models as people write it; see docs/models.md. */
export const modelsFileSchema = z.strictObject(
  {
    providers: z.array(provider, 'write a list of providers').default([]),
    models: z.array(model, 'write a list of models').default([]),
  },
  'write the lists `providers` and `models`',
)
