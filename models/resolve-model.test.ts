import { expect, test } from 'vitest'
import { SCRIPTED_ENGINEER } from './built-in-providers.ts'
import { BUILT_IN_MODELS, parseModels } from './config.ts'
import { ratesFor } from './model.ts'
import { KNOWN_MODELS } from './prices.ts'
import { resolveModel } from './resolve-model.ts'

const here = BUILT_IN_MODELS

test('a vendor’s model comes with its provider, its price and the day of the price', () => {
  const { provider, facts, name } = resolveModel('anthropic/claude-opus-4-6', here)
  expect(provider).toMatchObject({ name: 'anthropic', dialects: ['anthropic-messages'] })
  expect(name).toBe('claude-opus-4-6')
  expect(facts.price?.asOf).toMatch(/^\d{4}-\d\d-\d\d$/)
})

test('a dated version of a model is known with it', () => {
  for (const dated of ['anthropic/claude-opus-4-5-20251101', 'openai/gpt-5-2025-08-07']) {
    const { facts } = resolveModel(dated, here)
    expect(facts.model).toBe(dated)
    expect(facts.price).not.toBeNull()
  }
})

test('the scripted engineer costs nothing, which is known', () => {
  const { provider, facts } = resolveModel(SCRIPTED_ENGINEER, here)
  expect(provider.key).toBeNull()
  expect(facts.price).toMatchObject({ input: 0, output: 0 })
  const other = resolveModel('scripted/a-plan-of-some-task', here).facts
  expect(other).toEqual({ ...facts, model: 'scripted/a-plan-of-some-task' })
})

test.for([
  ['antropic/claude-opus-4-6', /no provider "antropic"\. Did you mean anthropic\?/],
  [
    'anthropic/claude-opus-46',
    /no model "claude-opus-46".*Did you mean anthropic\/claude-opus-4-6/,
  ],
  ['claude-opus-4-6', /write provider\/name\. Did you mean anthropic\/claude-opus-4-6\?/],
  ['openai/', /write provider\/name/],
] as const)('%s is answered with the nearest name', ([model, message]) => {
  expect(() => resolveModel(model, here)).toThrow(
    expect.objectContaining({ code: 'model.not-found', message: expect.stringMatching(message) }),
  )
})

test('another provider is asked for any model, whose price is then unknown and not zero', () => {
  const text = 'providers: [{name: vllm, dialects: [openai-chat], baseUrl: "http://gpu:8000"}]'
  const { provider, facts, name } = resolveModel('vllm/org/qwen', parseModels(text, 'models.yaml'))
  expect(provider.name).toBe('vllm')
  expect(name).toBe('org/qwen')
  expect(facts).toEqual({
    model: 'vllm/org/qwen',
    price: null,
    contextTokens: null,
    maxOutputTokens: null,
  })
})

test('no known model is there twice, cheaper to write than to read, or without limits', () => {
  expect(new Set(KNOWN_MODELS.map(({ model }) => model)).size).toBe(KNOWN_MODELS.length)
  for (const { model, price, contextTokens, maxOutputTokens } of KNOWN_MODELS) {
    expect(price?.output, model).toBeGreaterThan(price?.input ?? 0)
    expect(price?.input, model).toBeGreaterThan(price?.cachedInput ?? 0)
    expect(contextTokens, model).toBeGreaterThanOrEqual(maxOutputTokens ?? Infinity)
  }
})

test('a prompt beyond the usual length makes the whole call dearer', () => {
  const { facts } = resolveModel('google/gemini-2.5-pro', here)
  if (facts.price === null) throw new Error('no price')
  expect(ratesFor(facts.price, 200_000)).toMatchObject({ input: 1.25, output: 10 })
  expect(ratesFor(facts.price, 200_001)).toMatchObject({ input: 2.5, output: 15 })
})
