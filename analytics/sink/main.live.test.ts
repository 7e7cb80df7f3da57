import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type JetStreamClient, jetstream, jetstreamManager } from '@nats-io/jetstream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { connectNats, type NatsConnection } from '../../core/nats.ts'
import { TRAJECTORY_STREAM } from '../../core/trajectory.ts'
import { Engine } from '../../test/support/engine.ts'
import { eventually } from '../../test/support/eventually.ts'
import { NatsServer } from '../../test/support/nats-server.ts'
import { freePort, TemporalServer } from '../../test/support/temporal-server.ts'
import { type MadeAttempt, madeAttempt, publishAttempt } from '../../test/support/trajectories.ts'
import type { Store } from '../store.ts'
import { heldEvents } from './held-events.ts'

const ENTRY = fileURLToPath(new URL('./main.ts', import.meta.url))

let nats: NatsServer
let temporal: TemporalServer
let engine: Engine
let store: Store
let connection: NatsConnection
let client: JetStreamClient
const sinks = new Set<ChildProcess>()

beforeAll(async () => {
  ;[nats, temporal] = await Promise.all([NatsServer.start(), TemporalServer.start()])
  connection = await connectNats(nats.url, 'test')
  client = jetstream(connection)
})

afterAll(async () => {
  for (const sink of sinks) sink.kill('SIGKILL')
  await connection?.close()
  await store?.[Symbol.asyncDispose]()
  await Promise.all([nats, temporal, engine].map((part) => part?.[Symbol.asyncDispose]()))
})

interface SinkProcess {
  readonly process: ChildProcess
  readonly url: string
}

async function startSink(clickhouse: string, temporalAddress: string): Promise<SinkProcess> {
  const port = await freePort()
  const child = spawn(process.execPath, [ENTRY], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      SBENCH_TEMPORAL_ADDRESS: temporalAddress,
      SBENCH_NATS_URL: nats.url,
      SBENCH_CLICKHOUSE_URL: clickhouse,
      SBENCH_COORDINATOR_URL: 'http://127.0.0.1:1',
      SBENCH_SINK_ACK_WAIT_MS: '2000',
      SBENCH_HTTP_PORT: `${port}`,
    },
  })
  sinks.add(child)
  child.once('exit', () => sinks.delete(child))
  return { process: child, url: `http://127.0.0.1:${port}` }
}

async function stop(
  { process: child }: SinkProcess,
  signal: NodeJS.Signals,
): Promise<number | null> {
  const exited = once(child, 'exit')
  child.kill(signal)
  const [code] = await exited
  return z.number().nullable().parse(code)
}

async function page(sink: SinkProcess, path: string): Promise<string> {
  const answer = await fetch(`${sink.url}${path}`).catch(() => null)
  return answer === null ? '' : answer.text()
}

const isReady = async (sink: SinkProcess) => (await page(sink, '/readyz')) === 'ready\n'

async function areHeld(attempts: readonly MadeAttempt[]): Promise<boolean> {
  return (await heldEvents(store, attempts)).every(({ whole }) => whole)
}

test('workers can publish before the engine is there, and the sink says what it waits for', async () => {
  const port = await freePort()
  const sink = await startSink(`http://127.0.0.1:${port}`, temporal.address)
  const early = madeAttempt(1, 100)
  const manager = await jetstreamManager(connection)
  await eventually('the stream exists', () =>
    manager.streams.info(TRAJECTORY_STREAM).then(
      () => true,
      () => false,
    ),
  )
  await publishAttempt(client, early)
  expect(await page(sink, '/readyz')).not.toBe('ready\n')
  engine = await Engine.start({ port })
  store = engine.store()
  await eventually('the sink is ready', () => isReady(sink))
  await eventually('what came early is held', () => areHeld([early]))
  expect(await stop(sink, 'SIGTERM')).toBe(0)
})

async function publishAll(attempts: readonly MadeAttempt[]): Promise<void> {
  for (const attempt of attempts) await publishAttempt(client, attempt)
}

test('sinks that are killed again and again lose nothing and double nothing', async () => {
  const attempts = Array.from({ length: 60 }, (_, number) => madeAttempt(number, 1_000))
  for (let round = 0; round < 4; round++) {
    const sink = await startSink(engine.url, temporal.address)
    const published = publishAll(attempts.slice(round * 15, round * 15 + 15))
    await eventually('it stores chunks', async () =>
      /sbench_sink_chunks_total\{[^}]*\} [1-9]/.test(await page(sink, '/metrics')),
    )
    await stop(sink, 'SIGKILL')
    await published
  }
  const last = await startSink(engine.url, temporal.address)
  await eventually('the last sink is ready', () => isReady(last))
  await eventually('all is held', () => areHeld(attempts), 120_000)
  const [rows] = await store.query('held-events', z.object({ held: z.number() }).loose(), {
    trials: attempts.slice(0, 1).map(({ trial }) => trial),
    attempts: [1],
  })
  expect(rows?.held).toBe(1_000)
  expect(await page(last, '/metrics')).toMatch(/sbench_sink_poison_chunks_total\{[^}]*\} 0/)
  expect(await stop(last, 'SIGTERM')).toBe(0)
}, 240_000)

test('without Temporal events flow, and the sink is not ready', async () => {
  const sink = await startSink(engine.url, '127.0.0.1:1')
  const attempt = madeAttempt(99, 100)
  await publishAttempt(client, attempt)
  await eventually('the attempt is held', () => areHeld([attempt]), 90_000)
  await eventually('it says what it waits for', async () =>
    (await page(sink, '/readyz')).includes('temporal'),
  )
  expect(await stop(sink, 'SIGTERM')).toBe(0)
})
