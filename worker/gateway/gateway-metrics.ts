import { Counter, Gauge, Histogram, type Registry } from '../../core/metrics.ts'
import type { EndedCall } from './serving/call-record.ts'

/** What operators see of the gateway. */
export interface GatewayMetrics {
  ended(call: EndedCall): void
  /** A request that was turned away before it was anybody's call. */
  turnedAway(reason: string): void
  readonly openCalls: Gauge
}

const SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180, 600]

export function gatewayMetrics(registry: Registry): GatewayMetrics {
  const registers = [registry]
  const byModel = { labelNames: ['model'], registers }
  const calls = new Counter({
    name: 'sbench_model_calls_total',
    help: 'Calls of models that ended, by provider, model and how.',
    labelNames: ['provider', 'model', 'end'],
    registers,
  })
  const turnedAway = new Counter({
    name: 'sbench_model_requests_turned_away_total',
    help: 'Requests to the gateway that were nobody’s call: unknown keys, bodies too large, unknown paths.',
    labelNames: ['reason'],
    registers,
  })
  const tokens = new Counter({
    name: 'sbench_model_tokens_total',
    help: 'Tokens of calls as providers counted them.',
    labelNames: ['model', 'kind'],
    registers,
  })
  const cost = new Counter({
    name: 'sbench_model_cost_dollars_total',
    help: 'US dollars of the calls whose cost is known.',
    ...byModel,
  })
  const retries = new Counter({
    name: 'sbench_model_retries_total',
    help: 'How often providers were asked again.',
    ...byModel,
  })
  const firstByte = new Histogram({
    name: 'sbench_model_first_byte_seconds',
    help: 'From a call’s turn to the first byte of its answer.',
    buckets: SECONDS,
    ...byModel,
  })
  const waits = new Histogram({
    name: 'sbench_model_wait_seconds',
    help: 'How long calls waited for a turn, backing off included.',
    buckets: SECONDS,
    ...byModel,
  })
  const openCalls = new Gauge({
    name: 'sbench_model_open_calls',
    help: 'Calls under way.',
    registers,
  })
  return {
    openCalls,
    turnedAway: (reason) => turnedAway.inc({ reason }),
    ended({ model, end, usage, costMicros, retries: again, firstByteMs, waitedMs }) {
      calls.inc({ provider: model.split('/')[0] ?? '', model, end })
      waits.observe({ model }, waitedMs / 1_000)
      if (again > 0) retries.inc({ model }, again)
      if (firstByteMs !== null) firstByte.observe({ model }, firstByteMs / 1_000)
      if (costMicros !== null) cost.inc({ model }, costMicros / 1e6)
      if (usage === null) return
      tokens.inc({ model, kind: 'input' }, usage.inputTokens)
      tokens.inc({ model, kind: 'cached' }, usage.cachedInputTokens)
      tokens.inc({ model, kind: 'output' }, usage.outputTokens)
      tokens.inc({ model, kind: 'reasoning' }, usage.reasoningTokens)
    },
  }
}
