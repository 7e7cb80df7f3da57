import type { ModelCall } from '../../core/model-call.ts'
import type { AtifStep, AtifTrajectory } from './atif-schema.ts'

/** The figures of one call; what is unknown is left out. */
export function callMetrics(call: ModelCall): AtifStep['metrics'] {
  const { usage, costMicros, waitedMs, firstByteMs, answerMs, retries, finishReason } = call
  return {
    ...(usage === null
      ? {}
      : {
          prompt_tokens: usage.inputTokens,
          completion_tokens: usage.outputTokens,
          cached_tokens: usage.cachedInputTokens,
        }),
    ...(costMicros === null ? {} : { cost_usd: costMicros / 1_000_000 }),
    extra: {
      ...(usage === null
        ? {}
        : {
            cache_write_tokens: usage.cacheWriteTokens,
            reasoning_tokens: usage.reasoningTokens,
          }),
      waited_ms: waitedMs,
      ...(firstByteMs === null ? {} : { first_byte_ms: firstByteMs }),
      answer_ms: answerMs,
      retries,
      finish_reason: finishReason,
    },
  }
}

/** Sums over all calls; a sum with something unknown in it is left out. */
export function finalMetrics(
  calls: readonly ModelCall[],
  steps: number,
): NonNullable<AtifTrajectory['final_metrics']> {
  const sum = (name: string, of: (call: ModelCall) => number | null): Record<string, number> => {
    let total = 0
    for (const call of calls) {
      const value = of(call)
      if (value === null) return {}
      total += value
    }
    return { [name]: total }
  }
  return {
    ...sum('total_prompt_tokens', ({ usage }) => usage?.inputTokens ?? null),
    ...sum('total_completion_tokens', ({ usage }) => usage?.outputTokens ?? null),
    ...sum('total_cached_tokens', ({ usage }) => usage?.cachedInputTokens ?? null),
    ...sum('total_cost_usd', ({ costMicros }) =>
      costMicros === null ? null : costMicros / 1_000_000,
    ),
    total_steps: steps,
    extra: { model_calls: calls.length },
  }
}
