import {
  type JetStreamClient,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
} from '@nats-io/jetstream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { silentLog } from '../../core/log.ts'
import { openMetrics } from '../../core/metrics.ts'
import { connectNats, type NatsConnection } from '../../core/nats.ts'
import { HELD_SUBJECT, TRAJECTORY_STREAM } from '../../core/trajectory.ts'
import { Engine } from '../../test/support/engine.ts'
import { eventually } from '../../test/support/eventually.ts'
import { NatsServer } from '../../test/support/nats-server.ts'
import {
  chunksOf,
  type MadeAttempt,
  madeAttempt,
  publishAttempt,
  publishChunk,
} from '../../test/support/trajectories.ts'
import { migrate } from '../schema/migrate.ts'
import type { Store } from '../store.ts'
import { answerHeld } from './answer-held.ts'
import { backOff } from './back-off.ts'
import { ChunkSink } from './chunk-sink.ts'
import { DEAD_LETTER_STREAM, ensureStreams, SINK_CONSUMER } from './ensure-streams.ts'
import { heldEvents } from './held-events.ts'
import { keepStream } from './keep-stream.ts'
import { PARKED_REASON } from './park-chunk.ts'
import { sinkMetrics } from './sink-metrics.ts'
import { WritePace } from './write-pace.ts'

const STREAMS = { maxBytes: 256 * 1024 * 1024, ackWaitMs: 2_000 }

let server: NatsServer
let engine: Engine
let store: Store
let nats: NatsConnection
let client: JetStreamClient
let manager: JetStreamManager

beforeAll(async () => {
  ;[server, engine] = await Promise.all([NatsServer.start(), Engine.start()])
  store = engine.store()
  nats = await connectNats(server.url, 'test')
  client = jetstream(nats)
  manager = await jetstreamManager(nats)
  await migrate(store)
  await ensureStreams(manager, STREAMS)
})

afterAll(async () => {
  await nats?.close()
  await store?.[Symbol.asyncDispose]()
  await Promise.all([server?.[Symbol.asyncDispose](), engine?.[Symbol.asyncDispose]()])
})

type Insert = (lines: readonly Buffer[]) => Promise<void>

const storeEvents: Insert = (lines) => store.insertLines('events', lines)

function openSink(insertEvents: Insert = storeEvents) {
  const metrics = sinkMetrics(openMetrics('sink'))
  const pauses = backOff({ firstPauseMs: 50, longestPauseMs: 500 })
  const writer = { insertEvents, audit: () => {}, backOff: pauses, metrics, log: silentLog }
  const sink = new ChunkSink({
    jetstream: client,
    manager,
    writer,
    metrics,
    log: silentLog,
    streams: STREAMS,
    pace: new WritePace(),
  })
  return { sink, metrics }
}

async function isHeld(...attempts: MadeAttempt[]): Promise<boolean> {
  return (await heldEvents(store, attempts)).every(({ whole }) => whole)
}

const storedRow = z.object({ seq: z.number(), body: z.string(), meta: z.string() })

async function storedEvents({ sweep, trial, attempt }: MadeAttempt) {
  return store.query('events-page', storedRow.loose(), {
    sweep,
    trial,
    attempt,
    after: -1,
    limit: 100_000,
  })
}

async function unacknowledged(): Promise<number> {
  const info = await manager.consumers.info(TRAJECTORY_STREAM, SINK_CONSUMER)
  return info.num_pending + info.num_ack_pending
}

test('an attempt arrives whole and in order, whatever is in its text', async () => {
  await using _ = openSink().sink
  const attempt = madeAttempt(1, 1_000)
  await publishAttempt(client, attempt)
  await eventually('the attempt is held', () => isHeld(attempt))
  const events = await storedEvents(attempt)
  expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 1_000 }, (_, seq) => seq))
  expect(events[7]?.body).toContain('"quoted" ünïcode \u{1f600}')
  expect(JSON.parse(events[7]?.meta ?? '')).toEqual({
    exitCode: 0,
    truncated: false,
    host: 'node-a',
  })
})

test('two sinks share the work and no event is missing or doubled', async () => {
  await using _first = openSink().sink
  await using _second = openSink().sink
  const attempts = Array.from({ length: 20 }, (_, number) => madeAttempt(number, 500))
  await Promise.all(attempts.map((attempt) => publishAttempt(client, attempt)))
  await eventually('all attempts are held', () => isHeld(...attempts))
  for (const attempt of attempts) expect(await storedEvents(attempt)).toHaveLength(500)
})

test('a sink that ends between insert and acknowledgement repeats work, and rows by key stay', async () => {
  const attempt = madeAttempt(3, 400)
  const failing: Buffer[] = []
  {
    await using _ = openSink(async (lines) => {
      await storeEvents(lines)
      failing.push(...lines)
      throw new Error('gone before the acknowledgement')
    }).sink
    await publishAttempt(client, attempt)
    await eventually('all was inserted once', () => isHeld(attempt))
  }
  expect(failing.length).toBeGreaterThan(0)
  expect(await unacknowledged()).toBeGreaterThan(0)
  await using _ = openSink().sink
  await eventually('all is acknowledged', async () => (await unacknowledged()) === 0, 90_000)
  expect(await storedEvents(attempt)).toHaveLength(400)
})

test('a poison chunk is parked with its reason and the others flow', async () => {
  const { sink, metrics } = openSink()
  await using _ = sink
  const attempt = madeAttempt(4, 150)
  const [first, second, third] = await chunksOf(attempt)
  if (first === undefined || second === undefined || third === undefined) throw new Error('chunks')
  const damaged = { ...second, body: second.body.with(second.body.length - 1, 0) }
  await publishChunk(client, first)
  await publishChunk(client, damaged, { id: 'damaged' })
  await client.publish('sbench.trajectory.node-a.no.header', 'nonsense')
  await publishChunk(client, third)
  await eventually('the good chunks are stored', async () => {
    const [held] = await heldEvents(store, [attempt])
    return held?.count === 100
  })
  await eventually(
    'both are parked',
    async () => (await metrics.poisonChunks.get()).values[0]?.value === 2,
  )
  expect(await isHeld(attempt)).toBe(false)
  const { messages, last_seq } = (await manager.streams.info(DEAD_LETTER_STREAM)).state
  expect(messages).toBe(2)
  const reasons = await Promise.all(
    [last_seq - 1, last_seq].map(async (seq) => {
      const parked = await manager.streams.getMessage(DEAD_LETTER_STREAM, { seq })
      return parked?.header.get(PARKED_REASON)
    }),
  )
  expect(reasons.join()).toMatch(/decompressed|sha256/)
  await publishChunk(client, second)
  await eventually('the worker’s own copy mends it', () => isHeld(attempt))
})

test('while the engine is away nothing is lost, and it catches up when it is back', async () => {
  const attempt = madeAttempt(5, 300)
  await engine.kill()
  const { sink, metrics } = openSink()
  await using _ = sink
  await publishAttempt(client, attempt)
  await eventually(
    'an insert failed',
    async () => ((await metrics.failedInserts.get()).values[0]?.value ?? 0) > 0,
  )
  await keepStream(manager, metrics)
  expect((await metrics.lagChunks.get()).values[0]?.value).toBeGreaterThanOrEqual(6)
  await engine.resume()
  await eventually('the attempt is held', () => isHeld(attempt), 60_000)
})

test('a NATS server that is killed and comes back is pulled from again', async () => {
  await using _ = openSink().sink
  const attempt = madeAttempt(6, 300)
  const [first, ...rest] = await chunksOf(attempt)
  if (first === undefined) throw new Error('chunks')
  await publishChunk(client, first)
  await server.kill()
  await server.resume()
  for (const chunk of rest) {
    await eventually('published', () =>
      publishChunk(client, chunk).then(
        () => true,
        () => false,
      ),
    )
  }
  await eventually('the attempt is held', () => isHeld(attempt), 60_000)
})

test('what is stored leaves the stream', async () => {
  const { sink, metrics } = openSink()
  await using _ = sink
  const attempt = madeAttempt(7, 200)
  await publishAttempt(client, attempt)
  await eventually('all is acknowledged', async () => (await unacknowledged()) === 0)
  await keepStream(manager, metrics)
  expect((await manager.streams.info(TRAJECTORY_STREAM)).state.messages).toBe(0)
  expect((await metrics.lagChunks.get()).values[0]?.value).toBe(0)
})

test('workers hear which spools are held: only whole ones', async () => {
  const stop = answerHeld(nats, { store, log: silentLog })
  await using _ = openSink().sink
  const whole = madeAttempt(8, 120)
  await publishAttempt(client, whole)
  await eventually('the attempt is held', () => isHeld(whole))
  const attempts = [
    whole,
    { ...whole, events: 121 },
    { ...whole, events: 119 },
    madeAttempt(9, 10),
    { ...madeAttempt(9, 0) },
  ].map(({ trial, attempt, events }) => ({ trial, attempt, events }))
  const answer = await nats.request(HELD_SUBJECT, JSON.stringify({ attempts }), { timeout: 5_000 })
  expect(answer.json()).toEqual({ held: [true, false, false, false, true] })
  await stop()
})
