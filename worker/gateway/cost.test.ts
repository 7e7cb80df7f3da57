import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Price, ratesFor } from '../../models/model.ts'
import { affordableOutput, costMicros, mostMicros } from './cost.ts'

const dollars = fc.integer({ min: 0, max: 100_000_000 }).map((millionths) => millionths / 1e6)
const rates = {
  input: dollars,
  output: dollars,
  cachedInput: fc.option(dollars),
  cacheWrite: fc.option(dollars),
}
const prices: fc.Arbitrary<Price> = fc.record(
  {
    ...rates,
    asOf: fc.constant('2026-11-01'),
    longPrompt: fc.record({ above: fc.nat(6e6), ...rates }),
  },
  { requiredKeys: ['input', 'output', 'cachedInput', 'cacheWrite', 'asOf'] },
)
const usages = fc
  .record({ plain: fc.nat(2e6), cached: fc.nat(2e6), written: fc.nat(2e6), output: fc.nat(2e5) })
  .map(({ plain, cached, written, output }) => ({
    inputTokens: plain + cached + written,
    cachedInputTokens: cached,
    cacheWriteTokens: written,
    outputTokens: output,
    reasoningTokens: 0,
  }))

test('a bill made by hand comes out to the last millionth of a dollar, rounded up', () => {
  const price = {
    input: 0.1,
    output: 0.4,
    cachedInput: 0.025,
    cacheWrite: 0.125,
    asOf: '2026-11-01',
  }
  const usage = {
    inputTokens: 1_000_003,
    cachedInputTokens: 400_000,
    cacheWriteTokens: 100_000,
    outputTokens: 7,
    reasoningTokens: 5,
  }
  // 500,003 x 0.1 + 400,000 x 0.025 + 100,000 x 0.125 + 7 x 0.4 = 72,503.1
  expect(costMicros(usage, price)).toBe(72_504)
})

test('a long prompt makes every token of its call dearer', () => {
  const usual = { input: 1, output: 2, cachedInput: null, cacheWrite: null, asOf: '2026-11-01' }
  const price = { ...usual, longPrompt: { ...usual, above: 1_000, input: 10, output: 20 } }
  const usage = { inputTokens: 1_000, cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens: 100 }
  const cost = (inputTokens: number) =>
    costMicros({ ...usage, inputTokens, reasoningTokens: 0 }, price)
  expect(cost(1_000)).toBe(1_200)
  expect(cost(1_001)).toBe(12_010)
  expect(affordableOutput(10_030, 1_001, price)).toBe(1)
})

test('an unknown price or usage is an unknown cost, never zero', () => {
  fc.assert(
    fc.property(usages, prices, (usage, price) => {
      expect(costMicros(null, price)).toBeNull()
      expect(costMicros(usage, null)).toBeNull()
    }),
  )
})

test('no call costs more than was set aside for its tokens', () => {
  fc.assert(
    fc.property(usages, prices, (usage, price) => {
      expect(costMicros(usage, price)).toBeLessThanOrEqual(mostMicros(usage, price))
    }),
  )
})

test('what is affordable is within the money, and one token more is not', () => {
  fc.assert(
    fc.property(fc.nat(1e9), fc.nat(1e6), prices, (micros, inputTokens, price) => {
      const outputTokens = affordableOutput(micros, inputTokens, price)
      fc.pre(outputTokens >= 0 && ratesFor(price, inputTokens).output > 0)
      expect(mostMicros({ inputTokens, outputTokens }, price)).toBeLessThanOrEqual(micros)
      // Sums are rounded up, so that the next but one surely is too much.
      const beyond = outputTokens + 2 + Math.ceil(1 / ratesFor(price, inputTokens).output)
      expect(mostMicros({ inputTokens, outputTokens: beyond }, price)).toBeGreaterThan(micros)
    }),
  )
})
