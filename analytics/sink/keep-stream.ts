import type { JetStreamManager } from '@nats-io/jetstream'
import { TRAJECTORY_STREAM } from '../../core/trajectory.ts'
import { SINK_CONSUMER } from './ensure-streams.ts'
import type { SinkMetrics } from './sink-metrics.ts'

/**
 * Measures how far the sinks are behind, and drops from the stream what they have stored, so that
 * it holds what is on its way and no more. Any sink may do so at any time.
 */
export async function keepStream(
  manager: JetStreamManager,
  metrics: Pick<SinkMetrics, 'lagChunks' | 'oldestUnsunkSeconds'>,
): Promise<void> {
  const [consumer, stream] = await Promise.all([
    manager.consumers.info(TRAJECTORY_STREAM, SINK_CONSUMER),
    manager.streams.info(TRAJECTORY_STREAM),
  ])
  const floor = consumer.ack_floor.stream_seq
  const { last_seq: last, first_seq: first } = stream.state
  metrics.lagChunks.set(Math.max(0, last - floor))
  const oldest = Math.max(first, floor + 1)
  metrics.oldestUnsunkSeconds.set(oldest > last ? 0 : await ageSeconds(manager, oldest))
  if (first <= floor) await manager.streams.purge(TRAJECTORY_STREAM, { seq: floor + 1 })
}

async function ageSeconds(manager: JetStreamManager, seq: number): Promise<number> {
  const message = await manager.streams.getMessage(TRAJECTORY_STREAM, { seq })
  return message === null ? 0 : Math.max(0, (Date.now() - message.time.getTime()) / 1_000)
}
