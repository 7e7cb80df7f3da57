import type { JetStreamClient } from '@nats-io/jetstream'
import { headers } from '@nats-io/transport-node'
import { newSweepId, type SweepId, type TrialId, trialIdOf } from '../../core/ids.ts'
import {
  CHUNK_HEADER_NAME,
  type Chunk,
  chunkMessageId,
  encodeChunk,
  type TrajectoryEvent,
  trajectorySubject,
} from '../../core/trajectory.ts'

export interface MadeAttempt {
  readonly sweep: SweepId
  readonly trial: TrialId
  readonly attempt: number
  readonly events: number
}

/** An attempt's identity; `number` tells those of one sweep apart. */
export function madeAttempt(number: number, events: number, sweep = newSweepId()): MadeAttempt {
  return { sweep, trial: trialIdOf(sweep, 'made', 'task', number), attempt: 1, events }
}

/** Its events as chunks, the same bytes each time. */
export async function chunksOf(attempt: MadeAttempt, eventsAChunk = 50): Promise<Chunk[]> {
  const chunks: Chunk[] = []
  for (let from = 0; from < attempt.events; from += eventsAChunk) {
    const size = Math.min(eventsAChunk, attempt.events - from)
    const lines = Array.from({ length: size }, (_, offset) =>
      JSON.stringify(eventAt(from + offset)),
    )
    const { sweep, trial, attempt: number } = attempt
    const identity = { sweep, trial, attempt: number, chunk: from / eventsAChunk }
    chunks.push(await encodeChunk(identity, lines, from))
  }
  return chunks
}

export function eventAt(seq: number): TrajectoryEvent {
  return {
    seq,
    ts: new Date(Date.UTC(2026, 0, 1) + seq * 10).toISOString(),
    kind: seq % 2 === 0 ? 'tool-call' : 'tool-result',
    turn: Math.floor(seq / 2) + 1,
    tool: 'bash',
    body: `step ${seq}: ${'x'.repeat(200)} "quoted" ünïcode \u{1f600}`,
    meta: { exitCode: 0, truncated: false, host: 'node-a' },
  }
}

/** As a worker does: the same chunk always has the same message id. */
export async function publishChunk(
  jetstream: JetStreamClient,
  { header, body }: Chunk,
  { id = chunkMessageId(header) } = {},
): Promise<void> {
  const carried = headers()
  carried.set(CHUNK_HEADER_NAME, JSON.stringify(header))
  await jetstream.publish(trajectorySubject('node-a', header), body, {
    headers: carried,
    msgID: id,
  })
}

export async function publishAttempt(
  jetstream: JetStreamClient,
  attempt: MadeAttempt,
): Promise<void> {
  for (const chunk of await chunksOf(attempt)) await publishChunk(jetstream, chunk)
}
