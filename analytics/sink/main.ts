import { hostname } from 'node:os'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { z } from 'zod'
import { remoteBlobs } from '../../core/blobs.ts'
import { portSetting, readProcessConfig } from '../../core/config.ts'
import { Failure } from '../../core/failure.ts'
import { openLog } from '../../core/log.ts'
import { openMetrics } from '../../core/metrics.ts'
import { closeNats, connectNats } from '../../core/nats.ts'
import { OperationsServer } from '../../core/operations.ts'
import { retryUntilOpen } from '../../core/retry-until-open.ts'
import { untilShutdown } from '../../core/shutdown.ts'
import { migrate } from '../schema/migrate.ts'
import { type Row, Store } from '../store.ts'
import { answerHeld } from './answer-held.ts'
import { AuditLog } from './audit-log.ts'
import { backOff } from './back-off.ts'
import { ChunkSink } from './chunk-sink.ts'
import { ensureStreams } from './ensure-streams.ts'
import { FleetSampler } from './fleet-sampler.ts'
import { keepStream } from './keep-stream.ts'
import { Probe } from './probe.ts'
import { sinkActivities } from './sink-activities.ts'
import { sinkMetrics } from './sink-metrics.ts'
import { TemporalWorker, temporalScope } from './temporal-worker.ts'
import { TrajectoryWatch } from './trajectory-watch.ts'
import { WritePace } from './write-pace.ts'

const GIB = 1024 ** 3

const settings = z.object({
  SBENCH_TEMPORAL_ADDRESS: z.string().min(1),
  SBENCH_NATS_URL: z.string().min(1),
  SBENCH_CLICKHOUSE_URL: z.url(),
  SBENCH_CLICKHOUSE_PASSWORD: z.string().optional(),
  SBENCH_COORDINATOR_URL: z.url(),
  SBENCH_HTTP_HOST: z.string().default('127.0.0.1'),
  SBENCH_HTTP_PORT: portSetting,
  SBENCH_PARENT_PID: z.coerce.number().int().positive().optional(),
  /** Room of the trajectory stream on the disk of NATS. */
  SBENCH_STREAM_MAX_BYTES: z.coerce
    .number()
    .int()
    .positive()
    .default(4 * GIB),
  /** After it, what a sink that died had taken is delivered again: above the longest insert. */
  SBENCH_SINK_ACK_WAIT_MS: z.coerce.number().int().min(1_000).default(30_000),
})

const config = readProcessConfig(settings, process.env)
const log = openLog({ process: 'sink' })
const shutdown = untilShutdown(config.SBENCH_PARENT_PID)
const registry = openMetrics('sink')
const metrics = sinkMetrics(registry)
let notReady = (): string | null => 'starting'

await using _operations = await OperationsServer.open({
  host: config.SBENCH_HTTP_HOST,
  port: config.SBENCH_HTTP_PORT,
  metrics: registry,
  notReady: () => notReady(),
})

const parts = new AsyncDisposableStack()
const reason = await Promise.race([shutdown, start().then(() => shutdown)])
notReady = () => 'stopping'
log.info({ reason }, 'stopping')
await parts.disposeAsync()
// A connection that is still being tried for the first time would keep the process alive.
process.exit()

/** Opens one part after another, each for as long as it takes; they are closed in reverse. */
async function start(): Promise<void> {
  const { SBENCH_CLICKHOUSE_PASSWORD: password } = config
  const streams = {
    maxBytes: config.SBENCH_STREAM_MAX_BYTES,
    ackWaitMs: config.SBENCH_SINK_ACK_WAIT_MS,
  }
  const store = parts.use(
    new Store({
      url: config.SBENCH_CLICKHOUSE_URL,
      user: 'default',
      ...(password === undefined ? {} : { password }),
    }),
  )
  const nats = await connectNats(config.SBENCH_NATS_URL, 'sink')
  parts.defer(() => closeNats(nats))
  const manager = await retryUntilOpen('jetstream', () => jetstreamManager(nats), { log })
  // Before the engine is there, so that workers can already publish.
  await retryUntilOpen('the streams', () => ensureStreams(manager, streams), { log })
  const applied = await migrateOnceReachable(store)
  log.info({ applied }, 'the database has the schema')

  const engine = parts.use(new Probe(() => store.ping(), { what: 'clickhouse', log }))
  const stream = parts.use(new Probe(() => keepStream(manager, metrics), { what: 'nats', log }))
  parts.use(new FleetSampler({ nats, store, log }))

  const audit = parts.use(new AuditLog({ store, sink: `${hostname()}:${process.pid}`, log }))
  const watch = new TrajectoryWatch({ store, log })
  const writer = {
    insertEvents: async (lines: readonly Buffer[]) => {
      await store.insertLines('events', lines)
      watch.hint()
    },
    audit: (row: Row) => audit.add(row),
    backOff: backOff(),
    metrics,
    log,
  }
  const client = jetstream(nats)
  const pace = new WritePace()
  parts.use(new ChunkSink({ jetstream: client, manager, writer, metrics, log, streams, pace }))
  parts.defer(answerHeld(nats, { store, log }))

  const activities = sinkActivities({
    store,
    blobs: remoteBlobs(config.SBENCH_COORDINATOR_URL),
    watch,
    pace,
    scope: temporalScope,
    onPersisted: (seconds) => metrics.persistSeconds.observe(seconds),
  })
  const temporal = parts.use(
    new TemporalWorker({ address: config.SBENCH_TEMPORAL_ADDRESS, activities, log }),
  )
  // Closed before the worker, whose activities then end and are taken up by another sink.
  parts.use(watch)
  notReady = () =>
    engine.problem ?? stream.problem ?? (temporal.connected ? null : 'temporal does not answer')
}

/** @throws Failure `schema.newer` or `schema.edited`, which waiting would not mend. */
async function migrateOnceReachable(store: Store): Promise<string[]> {
  const migrated = await retryUntilOpen(
    'clickhouse',
    () => migrate(store).catch((error: unknown) => (isHopeless(error) ? error : raise(error))),
    { log },
  )
  return migrated instanceof Failure ? raise(migrated) : migrated
}

const isHopeless = (error: unknown): error is Failure => error instanceof Failure && !error.retry

function raise(error: unknown): never {
  throw error
}
