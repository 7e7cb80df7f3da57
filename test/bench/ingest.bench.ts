import { setTimeout as sleep } from 'node:timers/promises'
import { type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream'
import { migrate } from '../../analytics/schema/migrate.ts'
import { ensureStreams, SINK_CONSUMER } from '../../analytics/sink/ensure-streams.ts'
import { eventLines } from '../../analytics/sink/event-lines.ts'
import { newSweepId } from '../../core/ids.ts'
import { connectNats } from '../../core/nats.ts'
import { TRAJECTORY_STREAM } from '../../core/trajectory.ts'
import { Engine } from '../support/engine.ts'
import { NatsServer } from '../support/nats-server.ts'
import { chunksOf, eventAt, madeAttempt, publishChunk } from '../support/trajectories.ts'
import { absoluteRow, type Bench, factRow, ratioRow } from './bench.ts'
import { coreSeconds, residentBytes } from './process-usage.ts'
import { SinkProcess } from './sink-process.ts'

const EVENTS = 200_000
const LONG_EVENTS = 2_000_000
const EVENTS_AN_ATTEMPT = 1_000
/** Rows of one insert of the anchor: above what the sink gathers, where more makes it no faster. */
const BULK_ROWS = 100_000
const STREAM_BYTES = 4 * 1024 ** 3
const MEGABYTE = 1024 * 1024
/** Each look costs the engine a query, which is to be lost in what it does meanwhile. */
const LOOK_MS = 200

/**
 * Events from JetStream until a query sees them, by the sink's own process, against inserts of the
 * same rows by hundred thousand into a table of the same kind through the same front. Half of the
 * anchor's rows go in before the sink's and half after.
 */
export const bench: Bench = {
  name: 'ingest',
  async run({ long }) {
    const events = long ? LONG_EVENTS : EVENTS
    await using nats = await NatsServer.start()
    await using engine = await Engine.start()
    await using store = engine.store()
    await migrate(store)
    await store.command('CREATE TABLE sbench.bulk AS sbench.events')
    const bulkBefore = await bulkSeconds(engine, events / 2)
    await using backlog = await Backlog.publish(nats, events)
    await using sink = await SinkProcess.start(nats, engine)
    await until(() => backlog.isBegun())
    const parts = { sink: sink.pid, nats: nats.pid, 'clickhouse front': engine.pid }
    const spent = Object.entries(parts).map(([name, pid]) => [name, pid, coreSeconds(pid)] as const)
    const startedAt = performance.now()
    await until(async () => (await countEvents(engine)) >= events)
    const seconds = (performance.now() - startedAt) / 1_000
    const cores = spent.map(([name, pid, before]) =>
      factRow(`cores of a thousand events, ${name}`, {
        ours: ((coreSeconds(pid) - before) * 1e6) / events,
        unit: 'core-ms',
      }),
    )
    const peakBytes = residentBytes(sink.pid, 'peak')
    await sink[Symbol.asyncDispose]()
    const bulkCores = coreSeconds(engine.pid)
    const bulk = bulkBefore + (await bulkSeconds(engine, events / 2))
    const bulkFront = ((coreSeconds(engine.pid) - bulkCores) * 2e6) / events
    const rates = { ours: events / seconds, anchor: events / bulk, unit: 'events/s' }
    return [
      ratioRow(`${events} events from NATS to queryable, against bulk inserts`, {
        ...rates,
        least: 0.5,
      }),
      absoluteRow("the sink's peak memory meanwhile", {
        ours: peakBytes / MEGABYTE,
        unit: 'MB',
        most: 512,
      }),
      ...cores,
      factRow('cores of a thousand events inserted in bulk, clickhouse front', {
        ours: bulkFront,
        unit: 'core-ms',
      }),
    ]
  },
}

/** Time of the inserts alone; making the rows is not part of it. */
async function bulkSeconds(engine: Engine, events: number): Promise<number> {
  await using store = engine.store()
  let ms = 0
  for (let left = events; left > 0; left -= BULK_ROWS) {
    const attempts = Math.min(left, BULK_ROWS) / EVENTS_AN_ATTEMPT
    const lines = Array.from({ length: attempts }, (_, number) => linesOf(number))
    const startedAt = performance.now()
    await store.insertLines('bulk', lines)
    ms += performance.now() - startedAt
  }
  return ms / 1_000
}

const sweep = newSweepId()

function linesOf(number: number): Buffer {
  const attempt = madeAttempt(number, EVENTS_AN_ATTEMPT, sweep)
  const events = Array.from({ length: EVENTS_AN_ATTEMPT }, (_, seq) => eventAt(seq))
  return eventLines({ ...attempt, lastSeq: EVENTS_AN_ATTEMPT - 1 }, events)
}

/** Asked as a user would, whether or not the rows are merged yet. */
async function countEvents({ url }: Engine): Promise<number> {
  const query = encodeURIComponent('SELECT count() FROM sbench.events')
  const answer = await fetch(`${url}/?query=${query}`)
  return Number(await answer.text())
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(LOOK_MS)
}

/** Events that wait in the stream before any sink is there. */
class Backlog implements AsyncDisposable {
  readonly #manager: JetStreamManager
  readonly #close: () => Promise<void>

  private constructor(manager: JetStreamManager, close: () => Promise<void>) {
    this.#manager = manager
    this.#close = close
  }

  static async publish(nats: NatsServer, events: number): Promise<Backlog> {
    const connection = await connectNats(nats.url, 'bench')
    const manager = await jetstreamManager(connection)
    await ensureStreams(manager, { maxBytes: STREAM_BYTES, ackWaitMs: 30_000 })
    const client = jetstream(connection)
    for (let number = 0; number < events / EVENTS_AN_ATTEMPT; number += 1) {
      const chunks = await chunksOf(madeAttempt(number, EVENTS_AN_ATTEMPT, sweep))
      await Promise.all(chunks.map((chunk) => publishChunk(client, chunk)))
    }
    return new Backlog(manager, () => connection.close())
  }

  /** Whether a sink has been handed the first of them. */
  async isBegun(): Promise<boolean> {
    const { delivered } = await this.#manager.consumers.info(TRAJECTORY_STREAM, SINK_CONSUMER)
    return delivered.consumer_seq > 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close()
  }
}
