import { Counter, Gauge, Histogram, type Registry } from '../../core/metrics.ts'

export interface FrontMetrics {
  readonly queries: Counter<'kind' | 'status' | 'role'>
  readonly seconds: Histogram<'kind'>
  readonly running: Gauge
  readonly sessions: Gauge
  readonly rejected: Counter<'reason'>
  readonly bytesIn: Counter
  readonly bytesOut: Counter
}

export interface Gauges {
  readonly running: () => number
  readonly sessions: () => number
}

/** What the front counts; `kind` is a statement's verb, from a closed set. */
export function frontMetrics(registry: Registry, { running, sessions }: Gauges): FrontMetrics {
  const registers = [registry]
  return {
    queries: new Counter({
      name: 'sbench_clickhouse_queries_total',
      help: 'Queries answered, by kind of statement, HTTP status and role.',
      labelNames: ['kind', 'status', 'role'],
      registers,
    }),
    seconds: new Histogram({
      name: 'sbench_clickhouse_query_seconds',
      help: 'Time from the last byte of a request to the last byte of its response.',
      labelNames: ['kind'],
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
      registers,
    }),
    running: new Gauge({
      name: 'sbench_clickhouse_running_queries',
      help: 'Queries that run now.',
      registers,
      collect() {
        this.set(running())
      },
    }),
    sessions: new Gauge({
      name: 'sbench_clickhouse_sessions',
      help: 'Named sessions that exist now.',
      registers,
      collect() {
        this.set(sessions())
      },
    }),
    rejected: new Counter({
      name: 'sbench_clickhouse_rejected_total',
      help: 'Requests turned away before the engine saw them, by the type of their error.',
      labelNames: ['reason'],
      registers,
    }),
    bytesIn: new Counter({
      name: 'sbench_clickhouse_received_bytes_total',
      help: 'Bytes of request bodies, unpacked.',
      registers,
    }),
    bytesOut: new Counter({
      name: 'sbench_clickhouse_sent_bytes_total',
      help: 'Bytes of response bodies, before compression.',
      registers,
    }),
  }
}

const KINDS = new Set(
  'SELECT WITH INSERT CREATE ALTER DROP SHOW DESCRIBE EXPLAIN SET SYSTEM OPTIMIZE TRUNCATE KILL'.split(
    ' ',
  ),
)

/** A label from a closed set, whatever a client sends. */
export function kindOf(verb: string | undefined): string {
  return verb !== undefined && KINDS.has(verb) ? verb.toLowerCase() : 'other'
}
