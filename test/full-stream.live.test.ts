import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { expect, test } from 'vitest'
import { migrate } from '../analytics/schema/migrate.ts'
import { answerHeld } from '../analytics/sink/answer-held.ts'
import { backOff } from '../analytics/sink/back-off.ts'
import { ChunkSink } from '../analytics/sink/chunk-sink.ts'
import { ensureStreams } from '../analytics/sink/ensure-streams.ts'
import { heldEvents } from '../analytics/sink/held-events.ts'
import { keepStream } from '../analytics/sink/keep-stream.ts'
import { sinkMetrics } from '../analytics/sink/sink-metrics.ts'
import { WritePace } from '../analytics/sink/write-pace.ts'
import { silentLog } from '../core/log.ts'
import { Counter, openMetrics } from '../core/metrics.ts'
import { connectNats } from '../core/nats.ts'
import { TRAJECTORY_STREAM } from '../core/trajectory.ts'
import { Shipper } from '../worker/trajectory/shipper.ts'
import { Spool } from '../worker/trajectory/spool.ts'
import { Engine } from './support/engine.ts'
import { eventually } from './support/eventually.ts'
import { NatsServer } from './support/nats-server.ts'
import { chunksOf, madeAttempt } from './support/trajectories.ts'

/** A fraction of what is sent. */
const STREAMS = { maxBytes: 40_000, ackWaitMs: 2_000 }
const ATTEMPTS = 6
const EVENTS = 1_500

test('a stream at its limit holds publishers up, and loses and doubles nothing', async () => {
  await using server = await NatsServer.start()
  await using engine = await Engine.start()
  await using store = engine.store()
  await migrate(store)
  const nats = await connectNats(server.url, 'test')
  const manager = await jetstreamManager(nats)
  await ensureStreams(manager, STREAMS)
  const folder = await mkdtemp(join(tmpdir(), 'sbench-full-stream-'))

  let engineIsAway = true
  const metrics = sinkMetrics(openMetrics('sink'))
  const sink = new ChunkSink({
    jetstream: jetstream(nats),
    manager,
    writer: {
      insertEvents: async (lines) => {
        if (engineIsAway) throw new Error('connect ECONNREFUSED')
        await store.insertLines('events', lines)
      },
      audit: () => {},
      backOff: backOff({ firstPauseMs: 50, longestPauseMs: 500 }),
      metrics,
      log: silentLog,
    },
    metrics,
    log: silentLog,
    streams: STREAMS,
    pace: new WritePace(),
  })
  const stopAnswering = answerHeld(nats, { store, log: silentLog })
  const spool = await Spool.open(folder)
  const published = new Counter({ name: 'published', help: 'chunks', registers: [] })
  const shipper = new Shipper({ nats, node: 'node-a', spool, log: silentLog, published })
  try {
    const attempts = Array.from({ length: ATTEMPTS }, (_, at) => madeAttempt(at, EVENTS))
    let bytes = 0
    for (const made of attempts) {
      const [entry, file] = await spool.create(made.trial, made.attempt)
      for (const chunk of await chunksOf(made)) {
        bytes += chunk.body.length
        await file.append(chunk)
        shipper.ship(chunk)
      }
      await file.sync()
      await file[Symbol.asyncDispose]()
      entry.events = made.events
    }
    expect(bytes).toBeGreaterThan(2 * STREAMS.maxBytes)
    await eventually('the stream is full', async () => {
      const { state } = await manager.streams.info(TRAJECTORY_STREAM)
      expect(state.bytes).toBeLessThanOrEqual(STREAMS.maxBytes)
      return shipper.backlog > 0 && state.bytes > 0.9 * STREAMS.maxBytes
    })
    expect(spool.attempts.size).toBe(ATTEMPTS)

    engineIsAway = false
    const whole = async () => {
      await keepStream(manager, metrics)
      return (await heldEvents(store, attempts)).every((held) => held.whole)
    }
    await eventually('all is held', whole, 60_000)
    await eventually('no spool is left', () => spool.attempts.size === 0, 60_000)
    expect(shipper.backlog).toBe(0)
  } finally {
    await shipper[Symbol.asyncDispose]()
    await sink[Symbol.asyncDispose]()
    await stopAnswering()
    await nats.close()
    await rm(folder, { recursive: true })
  }
})
