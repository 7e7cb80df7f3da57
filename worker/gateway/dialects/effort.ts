import { z } from 'zod'
import type { CanonicalRequest } from './dialect.ts'

export type Effort = NonNullable<CanonicalRequest['reasoning']>

const LEVELS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const

/** Undefined for words that no other vendor has. */
export function effortOf(word: string | null | undefined): Effort | undefined {
  return z.enum(LEVELS).safeParse(word?.toLowerCase()).data
}

/** The level that a budget of thinking tokens comes nearest to; below 0 lets the model choose. */
export function effortOfBudget(tokens: number): Effort | undefined {
  if (tokens < 0) return undefined
  if (tokens === 0) return 'none'
  if (tokens <= 1_024) return 'minimal'
  if (tokens <= 4_096) return 'low'
  if (tokens <= 16_384) return 'medium'
  return tokens <= 32_768 ? 'high' : 'xhigh'
}
