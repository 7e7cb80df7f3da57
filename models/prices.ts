import type { ModelFacts } from './model.ts'

/** Where vendors publish what is below. */
export const PRICE_PAGES: Readonly<Record<string, string>> = {
  anthropic: 'https://platform.claude.com/docs/en/about-claude/pricing',
  openai: 'https://developers.openai.com/api/docs/pricing',
  google: 'https://ai.google.dev/gemini-api/docs/pricing',
}

/**
 * The day of the table. The vendors' pages were read through the price table that LiteLLM keeps of
 * them: that of its version 1.110.2, which came out on this day.
 */
export const PRICES_AS_OF = '2026-11-20'

type Optional = number | null
/** Input, output, read from cache, written to cache: US dollars for a million tokens. */
type Row = readonly [
  model: string,
  input: number,
  output: number,
  cachedInput: Optional,
  cacheWrite: Optional,
  contextTokens: number,
  maxOutputTokens: number,
  longPrompt?: readonly [
    above: number,
    input: number,
    output: number,
    cachedInput: Optional,
    cacheWrite: Optional,
  ],
]

/**
 * Pay-as-you-go text prices at the standard tier: no batches, no priority, caches of the shortest
 * life. A model that is not here has no known price.
 */
const ROWS: readonly Row[] = [
  ['anthropic/claude-fable-5-1', 10, 50, 0.25, 12.5, 1_000_000, 128_000],
  ['anthropic/claude-fable-5', 10, 50, 1, 12.5, 1_000_000, 128_000],
  ['anthropic/claude-opus-5-5', 4, 20, 0.2, 5, 1_000_000, 128_000],
  ['anthropic/claude-opus-5', 5, 25, 0.5, 6.25, 1_000_000, 128_000],
  ['anthropic/claude-opus-4-8', 5, 25, 0.5, 6.25, 1_000_000, 128_000],
  ['anthropic/claude-opus-4-7', 5, 25, 0.5, 6.25, 1_000_000, 128_000],
  ['anthropic/claude-opus-4-6', 5, 25, 0.5, 6.25, 1_000_000, 128_000],
  ['anthropic/claude-opus-4-5', 5, 25, 0.5, 6.25, 200_000, 64_000],
  ['anthropic/claude-sonnet-5-5', 2, 10, 0.1, 2.5, 1_000_000, 128_000],
  ['anthropic/claude-sonnet-5', 2, 10, 0.2, 2.5, 1_000_000, 128_000],
  ['anthropic/claude-sonnet-4-6', 3, 15, 0.3, 3.75, 1_000_000, 128_000],
  ['anthropic/claude-sonnet-4-5', 3, 15, 0.3, 3.75, 200_000, 64_000],
  [
    'anthropic/claude-haiku-5-5',
    0.1,
    0.5,
    0.01,
    0.125,
    1_000_000,
    128_000,
    [100_000, 0.5, 2.5, 0.05, 0.625],
  ],
  ['anthropic/claude-haiku-4-5', 1, 5, 0.1, 1.25, 200_000, 64_000],
  ['openai/gpt-6.1-sol', 2, 10, 0.1, 2.5, 1_050_000, 128_000, [272_000, 4, 15, 0.2, 5]],
  ['openai/gpt-6.1-terra', 1, 5, 0.05, 1.25, 1_050_000, 128_000, [272_000, 2, 7.5, 0.1, 2.5]],
  ['openai/gpt-6-astra', 10, 50, 1, 12.5, 1_050_000, 128_000, [272_000, 20, 75, 2, 25]],
  ['openai/gpt-6-sol', 2, 10, 0.2, 2.5, 1_050_000, 128_000, [272_000, 4, 15, 0.4, 5]],
  [
    'openai/gpt-6-luna',
    0.1,
    0.5,
    0.01,
    0.125,
    1_050_000,
    128_000,
    [272_000, 0.2, 0.75, 0.02, 0.25],
  ],
  ['openai/gpt-5.6-sol', 4, 20, 0.4, 5, 1_050_000, 128_000, [272_000, 8, 30, 0.8, 10]],
  ['openai/gpt-5.6-terra', 2, 12, 0.2, 2.5, 1_050_000, 128_000, [272_000, 4, 18, 0.4, 5]],
  ['openai/gpt-5.6-luna', 0.2, 1.2, 0.02, 0.25, 1_050_000, 128_000, [272_000, 0.4, 1.8, 0.04, 0.5]],
  ['openai/gpt-5.5', 5, 30, 0.5, null, 1_050_000, 128_000, [272_000, 10, 45, 1, null]],
  ['openai/gpt-5.5-pro', 30, 180, null, null, 1_050_000, 128_000, [272_000, 60, 270, null, null]],
  ['openai/gpt-5.4', 2.5, 15, 0.25, null, 1_050_000, 128_000, [272_000, 5, 22.5, 0.5, null]],
  ['openai/gpt-5.4-pro', 30, 180, null, null, 1_050_000, 128_000, [272_000, 60, 270, null, null]],
  ['openai/gpt-5.4-mini', 0.75, 4.5, 0.075, null, 400_000, 128_000],
  ['openai/gpt-5.4-nano', 0.2, 1.25, 0.02, null, 400_000, 128_000],
  ['openai/gpt-5.3-codex', 1.75, 14, 0.175, null, 400_000, 128_000],
  ['openai/gpt-5.2', 1.75, 14, 0.175, null, 400_000, 128_000],
  ['openai/gpt-5.2-pro', 21, 168, null, null, 400_000, 128_000],
  ['openai/gpt-5.1', 1.25, 10, 0.125, null, 400_000, 128_000],
  ['openai/gpt-5', 1.25, 10, 0.125, null, 400_000, 128_000],
  ['openai/gpt-5-mini', 0.25, 2, 0.025, null, 400_000, 128_000],
  ['openai/gpt-5-nano', 0.05, 0.4, 0.005, null, 400_000, 128_000],
  ['openai/gpt-4.1', 2, 8, 0.5, null, 1_047_576, 32_768],
  ['openai/gpt-4.1-mini', 0.4, 1.6, 0.1, null, 1_047_576, 32_768],
  ['openai/gpt-4.1-nano', 0.1, 0.4, 0.025, null, 1_047_576, 32_768],
  ['openai/gpt-4o', 2.5, 10, 1.25, null, 128_000, 16_384],
  ['openai/gpt-4o-mini', 0.15, 0.6, 0.075, null, 128_000, 16_384],
  ['openai/o3', 2, 8, 0.5, null, 200_000, 100_000],
  ['openai/o4-mini', 1.1, 4.4, 0.275, null, 200_000, 100_000],
  ['google/gemini-4-argon', 2, 10, 0.1, null, 1_048_576, 1_048_576],
  ['google/gemini-4-hydrogen', 1.5, 7.5, 0.075, null, 1_048_576, 1_048_576],
  ['google/gemini-3.8-flash', 0.75, 3.75, 0.075, null, 1_048_576, 65_536],
  ['google/gemini-3.7-flash', 0.75, 3.75, 0.075, null, 1_048_576, 65_536],
  ['google/gemini-3.6-flash', 0.75, 3.75, 0.075, null, 1_048_576, 65_536],
  ['google/gemini-3.5-flash', 1.5, 9, 0.15, null, 1_048_576, 65_536],
  ['google/gemini-3.5-flash-lite', 0.3, 2.5, 0.03, null, 1_048_576, 65_536],
  [
    'google/gemini-3.1-pro-preview',
    2,
    12,
    0.2,
    null,
    1_048_576,
    65_536,
    [200_000, 4, 18, 0.4, null],
  ],
  ['google/gemini-3.1-flash-lite', 0.25, 1.5, 0.025, null, 1_048_576, 65_536],
  ['google/gemini-3-flash-preview', 0.5, 3, 0.05, null, 1_048_576, 65_536],
  [
    'google/gemini-2.5-pro',
    1.25,
    10,
    0.125,
    null,
    1_048_576,
    65_536,
    [200_000, 2.5, 15, 0.25, null],
  ],
  ['google/gemini-2.5-flash', 0.3, 2.5, 0.03, null, 1_048_576, 65_536],
  ['google/gemini-2.5-flash-lite', 0.1, 0.4, 0.01, null, 1_048_576, 65_536],
]

/** What this version knows of vendors' models. */
export const KNOWN_MODELS: readonly ModelFacts[] = ROWS.map(factsOf)

function factsOf([model, input, output, cachedInput, cacheWrite, ...rest]: Row): ModelFacts {
  const [contextTokens, maxOutputTokens, long] = rest
  const usual = { input, output, cachedInput, cacheWrite, asOf: PRICES_AS_OF }
  return {
    model,
    price: long === undefined ? usual : { ...usual, longPrompt: longOf(long) },
    contextTokens,
    maxOutputTokens,
  }
}

function longOf([above, input, output, cachedInput, cacheWrite]: NonNullable<Row[7]>) {
  return { above, input, output, cachedInput, cacheWrite }
}
