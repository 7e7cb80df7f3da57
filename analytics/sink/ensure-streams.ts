import {
  AckPolicy,
  type ConsumerConfig,
  DeliverPolicy,
  DiscardPolicy,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream'
import { nanos } from '@nats-io/transport-node'
import { TRAJECTORY_STREAM, TRAJECTORY_SUBJECTS } from '../../core/trajectory.ts'

/** The durable consumer that all sinks share. */
export const SINK_CONSUMER = 'sink'
/** Where chunks go that no sink can ever store, and the stream that keeps them. */
export const DEAD_LETTER_SUBJECT = 'sbench.dlq'
export const DEAD_LETTER_STREAM = 'SBENCH_DLQ'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
const DEAD_LETTER_BYTES = 256 * 1024 * 1024

export interface StreamSettings {
  /** Of the trajectory stream on disk. */
  readonly maxBytes: number
  /** What a sink that died had taken is delivered again after it: above the longest insert. */
  readonly ackWaitMs: number
}

/**
 * Makes the streams and the sinks' consumer, or changes them to what they should be. Publishers of
 * a full trajectory stream are refused, never forgotten: they spool and try again.
 */
export async function ensureStreams(
  manager: JetStreamManager,
  { maxBytes, ackWaitMs }: StreamSettings,
): Promise<void> {
  await ensureStream(manager, {
    name: TRAJECTORY_STREAM,
    subjects: [TRAJECTORY_SUBJECTS],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New,
    max_bytes: maxBytes,
    max_age: nanos(2 * DAY_MS),
    duplicate_window: nanos(2 * MINUTE_MS),
  })
  await ensureStream(manager, {
    name: DEAD_LETTER_STREAM,
    subjects: [DEAD_LETTER_SUBJECT],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    max_bytes: DEAD_LETTER_BYTES,
    max_age: nanos(14 * DAY_MS),
    duplicate_window: nanos(2 * MINUTE_MS),
  })
  await ensureConsumer(manager, ackWaitMs)
}

/** An older release may have left it with other settings: they are changed, its place is kept. */
async function ensureConsumer(manager: JetStreamManager, ackWaitMs: number): Promise<void> {
  const { consumers } = manager
  const wanted = { ...CONSUMER, ack_wait: nanos(ackWaitMs) }
  const known = await consumers.info(TRAJECTORY_STREAM, SINK_CONSUMER).catch(unlessMissing)
  if (known === null) await consumers.add(TRAJECTORY_STREAM, wanted)
  else await consumers.update(TRAJECTORY_STREAM, SINK_CONSUMER, wanted)
}

function unlessMissing(error: unknown): null {
  if (isNotFound(error)) return null
  throw error
}

const CONSUMER: Partial<ConsumerConfig> = {
  durable_name: SINK_CONSUMER,
  ack_policy: AckPolicy.Explicit,
  deliver_policy: DeliverPolicy.All,
  max_ack_pending: 2_000,
  max_deliver: -1,
}

type NamedConfig = Partial<StreamConfig> & Pick<StreamConfig, 'name'>

async function ensureStream(manager: JetStreamManager, config: NamedConfig): Promise<void> {
  const { storage: _storage, retention: _retention, name, ...changeable } = config
  const known = await manager.streams.info(name).catch(unlessMissing)
  if (known === null) await manager.streams.add(config)
  else await manager.streams.update(name, changeable)
}

const isNotFound = (error: unknown): boolean =>
  error instanceof Error && /(stream|consumer) not found/i.test(error.message)
