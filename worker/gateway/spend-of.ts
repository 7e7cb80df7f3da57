import type { ModelCall } from '../../core/model-call.ts'
import type { Spend } from './trial-access.ts'

export const NO_SPEND: Spend = {
  calls: 0,
  inputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  costMicros: 0,
  modelMs: 0,
  waitedMs: 0,
}

/** What recorded calls add up to: where the ledger of an attempt goes on in another process. */
export function spendOf(calls: readonly ModelCall[]): Spend {
  return calls.reduce(
    (sum, { call, usage, costMicros, end, answerMs, waitedMs }): Spend => ({
      calls: Math.max(sum.calls, call),
      inputTokens: sum.inputTokens + (usage?.inputTokens ?? 0),
      cachedInputTokens: sum.cachedInputTokens + (usage?.cachedInputTokens ?? 0),
      cacheWriteTokens: sum.cacheWriteTokens + (usage?.cacheWriteTokens ?? 0),
      outputTokens: sum.outputTokens + (usage?.outputTokens ?? 0),
      reasoningTokens: sum.reasoningTokens + (usage?.reasoningTokens ?? 0),
      costMicros: end === 'refused' ? sum.costMicros : known(sum.costMicros, costMicros),
      modelMs: sum.modelMs + answerMs,
      waitedMs: sum.waitedMs + waitedMs,
    }),
    NO_SPEND,
  )
}

const known = (sum: number | null, more: number | null): number | null =>
  sum === null || more === null ? null : sum + more
