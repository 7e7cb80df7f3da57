import type { JetStreamClient, JsMsg } from '@nats-io/jetstream'
import { headers } from '@nats-io/transport-node'
import { CHUNK_HEADER_NAME } from '../../core/trajectory.ts'
import { DEAD_LETTER_SUBJECT } from './ensure-streams.ts'

/** Headers of a parked chunk: why it is there, and where it came from. */
export const PARKED_REASON = 'Sbench-Reason'
export const PARKED_SUBJECT = 'Sbench-Subject'

/**
 * Moves a chunk that no sink can ever store to the dead letter stream, so that those behind it
 * flow. The original is given up only once the copy is kept; parking it twice keeps one copy.
 */
export async function parkChunk(
  jetstream: JetStreamClient,
  message: JsMsg,
  reason: string,
): Promise<void> {
  const line = reason.replaceAll(/[\r\n]+/g, ' ').slice(0, 1_000)
  const parked = headers()
  parked.set(PARKED_REASON, line)
  parked.set(PARKED_SUBJECT, message.subject)
  const chunk = message.headers?.get(CHUNK_HEADER_NAME) ?? ''
  if (chunk !== '') parked.set(CHUNK_HEADER_NAME, chunk)
  await jetstream.publish(DEAD_LETTER_SUBJECT, message.data, {
    headers: parked,
    msgID: `${message.info.stream}:${message.seq}:${message.timestamp}`,
  })
  message.term(line.slice(0, 100))
}
