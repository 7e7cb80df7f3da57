import type { ModelCall, TokenUsage } from '../../core/model-call.ts'
import { ModelCallEncoder } from '../../core/model-recording.ts'
import type { TrajectoryEvent } from '../../core/trajectory.ts'

const USAGE: TokenUsage = {
  inputTokens: 1_000,
  cachedInputTokens: 600,
  cacheWriteTokens: 100,
  outputTokens: 50,
  reasoningTokens: 10,
}

/** A call of a model that was answered, with what a test says of it. */
export function madeCall(call: number, change: Partial<ModelCall> = {}): ModelCall {
  return {
    call,
    dialect: 'anthropic-messages',
    providerDialect: 'anthropic-messages',
    modelAsked: 'fast',
    model: 'lab/fast',
    modelAnswered: 'fast-1',
    stream: true,
    end: 'answered',
    problem: '',
    status: 200,
    startedAt: `2026-01-01T00:00:0${call}.000Z`,
    waitedMs: 0,
    firstByteMs: 80,
    answerMs: 400,
    retries: 0,
    usage: USAGE,
    costMicros: 1_500,
    finishReason: 'end_turn',
    text: '',
    reasoning: '',
    toolCalls: [],
    lost: [],
    request: '{}',
    response: '{}',
    ...change,
  }
}

/** Events of one attempt: calls as the gateway records them, and others of an agent, in order. */
export function madeTrajectory(
  items: readonly (ModelCall | Pick<TrajectoryEvent, 'kind' | 'tool' | 'body' | 'meta' | 'turn'>)[],
): TrajectoryEvent[] {
  const encoder = new ModelCallEncoder()
  const events = items.flatMap((item) =>
    'call' in item
      ? encoder.encode(item).map((event) => ({ ...event, turn: 0, tool: '' }))
      : [item],
  )
  return events.map((event, seq) => ({ ...event, seq, ts: '2026-01-01T00:00:00.000Z' }))
}
