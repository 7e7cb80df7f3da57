import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import type { ConsumerMessages, JetStreamClient, JetStreamManager, JsMsg } from '@nats-io/jetstream'
import { messageOf } from '../../core/failure.ts'
import type { Log } from '../../core/log.ts'
import { CHUNK_HEADER_NAME, parseChunkHeader, TRAJECTORY_STREAM } from '../../core/trajectory.ts'
import { ensureStreams, SINK_CONSUMER, type StreamSettings } from './ensure-streams.ts'
import { EventBatcher } from './event-batcher.ts'
import { chunkRows } from './event-lines.ts'
import { parkChunk } from './park-chunk.ts'
import type { SinkMetrics } from './sink-metrics.ts'
import { type BatchWriter, writeBatch } from './write-batch.ts'
import type { WritePace } from './write-pace.ts'

export interface ChunkSinkOptions {
  readonly jetstream: JetStreamClient
  readonly manager: JetStreamManager
  readonly writer: BatchWriter
  readonly metrics: SinkMetrics
  readonly log: Log
  readonly streams: StreamSettings
  readonly pace: WritePace
}

/** Unbounded pulls of large chunks make the server drop the client: always bound them by bytes. */
const PULL = { max_bytes: 8_000_000, expires: 10_000, idle_heartbeat: 2_000 }
const RESTART_PAUSE_MS = 1_000
const PARK_RETRY_MS = 5_000

/**
 * Moves chunks from JetStream into the table `events`. NATS is told of a chunk only after ClickHouse
 * has accepted its rows, so that a crash at any point repeats work and loses nothing: rows have a
 * natural key. Any number of sinks share the work. While ClickHouse or NATS is away it keeps trying.
 */
export class ChunkSink implements AsyncDisposable {
  readonly #options: ChunkSinkOptions
  readonly #batcher: EventBatcher<JsMsg>
  readonly #running: Promise<void>
  #messages: ConsumerMessages | null = null
  #stopped = false

  constructor(options: ChunkSinkOptions) {
    this.#options = options
    const { writer, pace } = options
    this.#batcher = new EventBatcher(pace, (batch) =>
      writeBatch(batch, { writer, onRefused: (chunk, reason) => this.#park(chunk, reason) }),
    )
    this.#running = this.#run()
  }

  /** Takes no more chunks; those at hand are written and acknowledged. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true
    this.#messages?.stop()
    await this.#running
    await this.#batcher.flush()
  }

  async #run(): Promise<void> {
    const { log } = this.#options
    while (!this.#stopped) {
      try {
        await this.#consume()
      } catch (error) {
        log.warn({ reason: messageOf(error) }, 'chunks cannot be pulled now; trying again')
      }
      if (!this.#stopped) await sleep(RESTART_PAUSE_MS)
    }
  }

  /** Returns when pulling has to start anew: missed heartbeats, or a stream that is gone. */
  async #consume(): Promise<void> {
    const { jetstream, manager, streams, log } = this.#options
    await ensureStreams(manager, streams)
    const consumer = await jetstream.consumers.get(TRAJECTORY_STREAM, SINK_CONSUMER)
    const messages = await consumer.consume(PULL)
    this.#messages = messages
    if (this.#stopped) messages.stop()
    void (async () => {
      for await (const { type } of messages.status()) {
        if (!RESTART_ON.has(type)) continue
        log.warn({ why: type }, 'pulling of chunks starts anew')
        messages.stop()
      }
    })()
    for await (const message of messages) {
      await this.#take(message)
      // What is freed meanwhile is given back, and inserts and acknowledgements get their turn.
      await turn()
    }
  }

  async #take(message: JsMsg): Promise<void> {
    try {
      const header = parseChunkHeader(message.headers?.get(CHUNK_HEADER_NAME) ?? '')
      const rows = await chunkRows({ header, body: message.data })
      await this.#batcher.add({ source: message, ...rows })
    } catch (error) {
      await this.#park(message, messageOf(error))
    }
  }

  async #park(message: JsMsg, reason: string): Promise<void> {
    const { jetstream, metrics, log } = this.#options
    const facts = { subject: message.subject, seq: message.seq, reason }
    try {
      await parkChunk(jetstream, message, reason)
      metrics.poisonChunks.inc()
      log.error(facts, 'a chunk that cannot be stored is parked')
    } catch (error) {
      message.nak(PARK_RETRY_MS)
      log.warn({ ...facts, error: messageOf(error) }, 'a chunk could not be parked; trying again')
    }
  }
}

const RESTART_ON = new Set([
  'heartbeats_missed',
  'consumer_not_found',
  'stream_not_found',
  'consumer_deleted',
  'no_responders',
])
