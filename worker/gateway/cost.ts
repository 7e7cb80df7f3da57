import type { TokenUsage } from '../../core/model-call.ts'
import { type Price, ratesFor } from '../../models/model.ts'

/** Prices are kept to a millionth of a dollar for a million tokens. */
const SCALE = 1_000_000

/**
 * What a call cost in millionths of a US dollar, rounded up; null when usage or price is unknown.
 * Dollars for a million tokens are millionths for one, so the sum is exact in integers.
 */
export function costMicros(usage: TokenUsage | null, price: Price | null): number | null {
  if (usage === null || price === null) return null
  const { inputTokens, cachedInputTokens, cacheWriteTokens, outputTokens } = usage
  const rates = ratesFor(price, inputTokens)
  const plain = Math.max(0, inputTokens - cachedInputTokens - cacheWriteTokens)
  const scaled =
    times(plain, rates.input) +
    times(cachedInputTokens, rates.cachedInput ?? rates.input) +
    times(cacheWriteTokens, rates.cacheWrite ?? rates.input) +
    times(outputTokens, rates.output)
  return Number((scaled + BigInt(SCALE - 1)) / BigInt(SCALE))
}

/** What a call can cost at most: every token of its prompt at the dearest price for input. */
export function mostMicros(
  { inputTokens, outputTokens }: Pick<TokenUsage, 'inputTokens' | 'outputTokens'>,
  price: Price,
): number {
  const { input, output, cachedInput, cacheWrite } = ratesFor(price, inputTokens)
  const dearest = Math.max(input, cachedInput ?? 0, cacheWrite ?? 0)
  const scaled = times(inputTokens, dearest) + times(outputTokens, output)
  return Number((scaled + BigInt(SCALE - 1)) / BigInt(SCALE))
}

/** How many tokens of output the money pays for after so much input; below 0 when not even that. */
export function affordableOutput(micros: number, inputTokens: number, price: Price): number {
  const left = micros - mostMicros({ inputTokens, outputTokens: 0 }, price)
  if (left < 0) return -1
  const { output } = ratesFor(price, inputTokens)
  return output === 0 ? Number.MAX_SAFE_INTEGER : Math.floor(left / output)
}

function times(tokens: number, usdPerMillion: number): bigint {
  return BigInt(Math.round(tokens)) * BigInt(Math.round(usdPerMillion * SCALE))
}
