import { Counter, Gauge, Histogram, type Registry } from '../../core/metrics.ts'

export interface SinkMetrics {
  readonly rows: Counter
  readonly chunks: Counter
  readonly poisonChunks: Counter
  readonly failedInserts: Counter
  readonly insertSeconds: Histogram
  readonly lagChunks: Gauge
  readonly oldestUnsunkSeconds: Gauge
  readonly persistSeconds: Histogram
}

const SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

export function sinkMetrics(registry: Registry): SinkMetrics {
  const registers = [registry]
  return {
    rows: new Counter({
      name: 'sbench_sink_rows_total',
      help: 'Events that ClickHouse accepted, repeated deliveries counted again.',
      registers,
    }),
    chunks: new Counter({
      name: 'sbench_sink_chunks_total',
      help: 'Chunks whose events ClickHouse accepted and NATS was told of.',
      registers,
    }),
    poisonChunks: new Counter({
      name: 'sbench_sink_poison_chunks_total',
      help: 'Chunks parked in the dead letter stream, because no sink can store them.',
      registers,
    }),
    failedInserts: new Counter({
      name: 'sbench_sink_failed_inserts_total',
      help: 'Batches of events that ClickHouse did not accept and that are tried again.',
      registers,
    }),
    insertSeconds: new Histogram({
      name: 'sbench_sink_insert_seconds',
      help: 'One insert of a batch of events.',
      buckets: SECONDS,
      registers,
    }),
    lagChunks: new Gauge({
      name: 'sbench_sink_lag_chunks',
      help: 'Chunks in the stream that no sink has stored yet.',
      registers,
    }),
    oldestUnsunkSeconds: new Gauge({
      name: 'sbench_sink_oldest_unsunk_seconds',
      help: 'Age of the oldest chunk in the stream that no sink has stored; 0 when there is none.',
      registers,
    }),
    persistSeconds: new Histogram({
      name: 'sbench_sink_persist_seconds',
      help: 'One result, from the request to its row, the wait for the trajectory included.',
      buckets: SECONDS,
      registers,
    }),
  }
}
