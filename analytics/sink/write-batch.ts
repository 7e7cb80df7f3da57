import { setTimeout as sleep } from 'node:timers/promises'
import type { JsMsg } from '@nats-io/jetstream'
import { messageOf } from '../../core/failure.ts'
import type { Log } from '../../core/log.ts'
import { TRAJECTORY_STREAM } from '../../core/trajectory.ts'
import { clickHouseTime } from '../clickhouse-time.ts'
import { isRefusal, type Row } from '../store.ts'
import type { BackOff } from './back-off.ts'
import type { PendingChunk } from './event-batcher.ts'
import type { SinkMetrics } from './sink-metrics.ts'

/** Where batches go, and who hears of it. */
export interface BatchWriter {
  /** Takes lines of JSONEachRow, one or more a buffer. */
  readonly insertEvents: (lines: readonly Buffer[]) => Promise<void>
  /** Takes one line of the audit for each batch. */
  readonly audit: (row: Row) => void
  readonly backOff: BackOff
  readonly metrics: SinkMetrics
  readonly log: Log
}

type Batch = readonly PendingChunk<JsMsg>[]

/**
 * Inserts a batch, then acknowledges its chunks. When the engine cannot take them now they go
 * back to the stream for a while; when it cannot read the batch, its chunks are tried one by one,
 * so that one bad chunk keeps no other from being stored. Never throws.
 */
export async function writeBatch(
  batch: Batch,
  options: {
    writer: BatchWriter
    onRefused: (message: JsMsg, reason: string) => Promise<void>
  },
): Promise<void> {
  const { writer, onRefused } = options
  const { metrics, log, backOff } = writer
  try {
    await insertAndAck(batch, writer)
    backOff.reset()
  } catch (error) {
    metrics.failedInserts.inc()
    const reason = messageOf(error)
    if (!isRefusal(error)) {
      const delayMs = backOff.next()
      log.warn({ chunks: batch.length, delayMs, reason }, 'events are not accepted now')
      for (const { source } of batch) source.nak(delayMs)
      await sleep(delayMs)
    } else if (batch.length > 1) {
      log.warn({ chunks: batch.length, reason }, 'a batch is refused; its chunks go one by one')
      for (const chunk of batch) await writeBatch([chunk], options)
    } else {
      for (const { source } of batch) await onRefused(source, reason)
    }
  }
}

async function insertAndAck(batch: Batch, writer: BatchWriter): Promise<void> {
  const startedAt = performance.now()
  await writer.insertEvents(batch.map((chunk) => chunk.lines))
  const insertMs = performance.now() - startedAt
  for (const { source } of batch) source.ack()
  const { metrics } = writer
  const rows = batch.reduce((sum, chunk) => sum + chunk.rows, 0)
  metrics.insertSeconds.observe(insertMs / 1_000)
  metrics.rows.inc(rows)
  metrics.chunks.inc(batch.length)
  const places = batch.map(({ source }) => source.seq)
  writer.audit({
    ts: clickHouseTime(new Date().toISOString()),
    stream: TRAJECTORY_STREAM,
    first_seq: Math.min(...places),
    last_seq: Math.max(...places),
    chunks: batch.length,
    redelivered: batch.filter(({ source }) => source.redelivered).length,
    rows,
    bytes: batch.reduce((sum, chunk) => sum + chunk.lines.length, 0),
    insert_ms: Math.round(insertMs),
  })
}
