import { join } from 'node:path'
import { Client } from '@temporalio/client'
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import { z } from 'zod'
import { diskBlobs } from '../core/blobs.ts'
import { portSetting, readProcessConfig } from '../core/config.ts'
import { openLog } from '../core/log.ts'
import { openMetrics } from '../core/metrics.ts'
import { closeNats, connectNats } from '../core/nats.ts'
import { OperationsServer } from '../core/operations.ts'
import { retryUntilOpen } from '../core/retry-until-open.ts'
import { untilShutdown } from '../core/shutdown.ts'
import { diskSweepBlobs } from '../core/sweep-blobs.ts'
import { connectTemporal } from '../core/temporal-connection.ts'
import { COORDINATOR_QUEUE, TEMPORAL_NAMESPACE } from './contract/queues.ts'
import { coordinatorActivities } from './coordinator-activities.ts'
import { Fleet } from './fleet.ts'
import { FleetFeed } from './fleet-feed.ts'
import { coordinatorRoutes } from './http-routes.ts'
import { workflowBundle } from './workflow-bundle.ts'

const settings = z.object({
  SBENCH_TEMPORAL_ADDRESS: z.string().min(1),
  SBENCH_NATS_URL: z.string().min(1),
  SBENCH_CLICKHOUSE_URL: z.string().min(1),
  SBENCH_DATA: z.string().min(1),
  SBENCH_HTTP_HOST: z.string().default('127.0.0.1'),
  SBENCH_HTTP_PORT: portSetting,
  SBENCH_PARENT_PID: z.coerce.number().int().positive().optional(),
})

const config = readProcessConfig(settings, process.env)
const log = openLog({ process: 'coordinator' })
const shutdown = untilShutdown(config.SBENCH_PARENT_PID)
let notReady: string | null = 'starting'

const blobs = diskBlobs(join(config.SBENCH_DATA, 'blobs'))
const artifacts = diskSweepBlobs(join(config.SBENCH_DATA, 'artifacts'))
const metrics = openMetrics('coordinator')
await using _operations = await OperationsServer.open({
  host: config.SBENCH_HTTP_HOST,
  port: config.SBENCH_HTTP_PORT,
  metrics,
  notReady: () => notReady,
  route: coordinatorRoutes(
    { blobs, artifacts },
    {
      temporal: config.SBENCH_TEMPORAL_ADDRESS,
      nats: config.SBENCH_NATS_URL,
      clickhouse: config.SBENCH_CLICKHOUSE_URL,
    },
  ),
})

Runtime.install({
  logger: new DefaultLogger('WARN', ({ level, message, meta }) => {
    log.warn({ level, ...meta }, message)
  }),
  shutdownSignals: [],
})
const address = config.SBENCH_TEMPORAL_ADDRESS
const [workflows, nats, native, connection] = await Promise.all([
  workflowBundle(join(config.SBENCH_DATA, 'cache')),
  connectNats(config.SBENCH_NATS_URL, 'coordinator'),
  retryUntilOpen('temporal', () => NativeConnection.connect({ address }), { log }),
  retryUntilOpen('temporal', () => connectTemporal(address), { log }),
])
const client = new Client({ connection, namespace: TEMPORAL_NAMESPACE })
await using feed = new FleetFeed({
  nats,
  onPresence: (presence) => fleet.heard(presence),
  onGone: (node) => fleet.gone(node),
  log,
})
await using fleet = new Fleet({ client, hears: () => feed.hears, log })

const worker = await Worker.create({
  connection: native,
  namespace: TEMPORAL_NAMESPACE,
  taskQueue: COORDINATOR_QUEUE,
  workflowBundle: workflows,
  activities: coordinatorActivities(blobs, fleet),
  maxConcurrentActivityTaskExecutions: 20,
  shutdownGraceTime: '2 seconds',
  shutdownForceTime: '4 seconds',
})
const running = worker.run()
notReady = null
log.info({ port: config.SBENCH_HTTP_PORT }, 'ready')

const reason = await Promise.race([shutdown, running.then(() => 'the worker stopped')])
notReady = 'stopping'
log.info({ reason }, 'stopping')
if (worker.getState() === 'RUNNING') worker.shutdown()
await running
await closeNats(nats)
await connection.close()
await native.close()
