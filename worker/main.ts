import { randomUUID } from 'node:crypto'
import { availableParallelism, hostname, totalmem } from 'node:os'
import { join } from 'node:path'
import { Client } from '@temporalio/client'
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker'
import { z } from 'zod'
import { TEMPORAL_NAMESPACE } from '../coordinator/contract/queues.ts'
import { remoteBlobs } from '../core/blobs.ts'
import { portSetting, readProcessConfig } from '../core/config.ts'
import { openLog } from '../core/log.ts'
import { Counter, Gauge, Histogram, openMetrics } from '../core/metrics.ts'
import { closeNats, connectNats } from '../core/nats.ts'
import { OperationsServer } from '../core/operations.ts'
import { retryUntilOpen } from '../core/retry-until-open.ts'
import { untilShutdown } from '../core/shutdown.ts'
import { remoteSweepBlobs } from '../core/sweep-blobs.ts'
import { connectTemporal } from '../core/temporal-connection.ts'
import { loadModels } from '../models/config.ts'
import { DockerHost } from '../sandbox/docker-host.ts'
import { imageBuilds } from '../sandbox/image-builds.ts'
import { installations } from '../sandbox/installations.ts'
import { Adoption, findAdoptees } from './adoption.ts'
import { Answers } from './answers.ts'
import { Capacity } from './capacity.ts'
import { Checkpoints } from './checkpoints.ts'
import { DiscardedSnapshots } from './discarded-snapshots.ts'
import { DockerWatch } from './docker-watch.ts'
import { dialects } from './gateway/dialects/dialects.ts'
import { gatewaySocket } from './gateway/gateway-socket.ts'
import { ModelGateway } from './gateway/model-gateway.ts'
import { scriptedModel } from './gateway/scripted/scripted-model.ts'
import { handBack } from './hand-back.ts'
import { Journal } from './journal.ts'
import { mcpGateway } from './mcp/mcp-gateway.ts'
import type { Node } from './node.ts'
import { Presence } from './presence.ts'
import { Reaping } from './reaping.ts'
import { Recordings } from './recordings.ts'
import { TaskCache } from './task-cache.ts'
import { NodeWorkers } from './temporal-workers.ts'
import { Shipper } from './trajectory/shipper.ts'
import { Spool } from './trajectory/spool.ts'

/** A package of them has to be within `MAX_PACKAGE_BYTES`, names and all. */
const MAX_ARTIFACTS_MB = 448

const settings = z.object({
  SBENCH_TEMPORAL_ADDRESS: z.string().min(1),
  SBENCH_NATS_URL: z.string().min(1),
  SBENCH_COORDINATOR_URL: z.url(),
  SBENCH_DATA: z.string().min(1),
  /** The file of providers, models, prices and paces; without it there is what is built in. */
  SBENCH_MODELS: z.string().min(1).optional(),
  SBENCH_HTTP_HOST: z.string().default('127.0.0.1'),
  SBENCH_HTTP_PORT: portSetting.default(0),
  /** The installation that things in Docker belong to: another's are never touched. */
  SBENCH_OWNER: z.string().min(1).default('sbench'),
  SBENCH_NODE_ID: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,60}$/, 'letters, digits, - and _, at most 60')
    .default(`${hostname().replaceAll(/[^A-Za-z0-9_-]/g, '-')}-1`),
  /** Trials reserve a core but mostly wait; twice the cores keeps them busy. */
  SBENCH_CPUS: z.coerce
    .number()
    .positive()
    .default(2 * availableParallelism()),
  SBENCH_MEMORY_MB: z.coerce
    .number()
    .positive()
    .default(Math.floor((totalmem() / 1024 ** 2) * 0.8)),
  /** Kept of each attempt beside its trajectory: what agent and verifier left; 0 keeps nothing. */
  SBENCH_ARTIFACTS_MB: z.coerce.number().nonnegative().max(MAX_ARTIFACTS_MB).default(32),
  /** How long trials may go on after SIGTERM before they are handed back. */
  SBENCH_DRAIN_MS: z.coerce.number().int().nonnegative().default(2_000),
  SBENCH_PARENT_PID: z.coerce.number().int().positive().optional(),
})

const config = readProcessConfig(settings, process.env)
const id = config.SBENCH_NODE_ID
const boot = randomUUID()
const log = openLog({ process: 'worker' }).child({ node: id })
const shutdown = untilShutdown(config.SBENCH_PARENT_PID)
let notReady: string | null = 'starting'
let dockerProblem: string | null = null

const metrics = openMetrics('worker')
await using _operations = await OperationsServer.open({
  host: config.SBENCH_HTTP_HOST,
  port: config.SBENCH_HTTP_PORT,
  metrics,
  notReady: () => notReady ?? dockerProblem,
})

Runtime.install({
  logger: new DefaultLogger('WARN', ({ level, message, meta }) => {
    log.warn({ level, ...meta }, message)
  }),
  shutdownSignals: [],
})
const address = config.SBENCH_TEMPORAL_ADDRESS
const [nats, native, connection] = await Promise.all([
  connectNats(config.SBENCH_NATS_URL, `worker ${id}`),
  retryUntilOpen('temporal', () => NativeConnection.connect({ address }), { log }),
  retryUntilOpen('temporal', () => connectTemporal(address), { log }),
])
const client = new Client({ connection, namespace: TEMPORAL_NAMESPACE })
await using host = await retryUntilOpen(
  'docker',
  () => DockerHost.open({ owner: config.SBENCH_OWNER }),
  { log },
)
const images = imageBuilds(host, { environment: process.env, log })
host.useRunner(images)
const models = await loadModels(config.SBENCH_MODELS ?? join(config.SBENCH_DATA, 'models.yaml'))

const registers = [metrics]
const capacity = new Capacity({ cpus: config.SBENCH_CPUS, memoryMb: config.SBENCH_MEMORY_MB })
const journal = await Journal.open(join(config.SBENCH_DATA, 'journal'))
const checkpoints = await Checkpoints.open(join(config.SBENCH_DATA, 'checkpoints'))
const spool = await Spool.open(join(config.SBENCH_DATA, 'spool'))
const published = new Counter({
  name: 'sbench_chunks_published_total',
  help: 'Chunks of trajectories that JetStream acknowledged.',
  registers,
})
const answers = new Answers({ client, journal, log })
const { answered = [], dropped = [] } = Object.groupBy(await journal.left(), ({ answer }) =>
  answer === undefined ? 'dropped' : 'answered',
)
const adoptees = await findAdoptees(dropped, spool)
await checkpoints.keepOnly(adoptees.map(({ entry }) => entry))
await using shipper = new Shipper({ nats, node: id, spool, log, published })
await using presence = new Presence({ nats, node: id, boot, capacity, log })
const blobs = remoteBlobs(config.SBENCH_COORDINATOR_URL)
const tasks = new TaskCache(join(config.SBENCH_DATA, 'tasks'), blobs, process.env)
const mcp = mcpGateway()
await using gateway = await ModelGateway.start({
  socketPath: gatewaySocket(config.SBENCH_DATA),
  dataFolder: config.SBENCH_DATA,
  dialects: Object.values(dialects),
  providers: models.providers,
  environment: process.env,
  nats,
  node: id,
  boot,
  scripted: scriptedModel(),
  adopted: adoptees.map(({ run }) => ({
    trial: run.note.input.trial.trial,
    attempt: run.note.input.attempt,
  })),
  alongside: mcp,
  log,
  metrics,
})
const discarded = new DiscardedSnapshots()
let reaping: Reaping | null = null
await using docker = new DockerWatch({
  ping: () => host.ping(),
  onChange: (isAway) => {
    capacity.pause(isAway)
    dockerProblem = isAway ? 'Docker does not answer; no trial is taken until it does' : null
    if (!isAway) void host.daemonIsBack().then(() => reaping?.sweepOnce())
  },
  log,
})
const node: Node = {
  id,
  boot,
  host,
  images,
  tasks,
  installations: installations(host, images),
  models,
  gateway,
  mcp,
  recordings: new Recordings(blobs),
  artifacts: {
    blobs: remoteSweepBlobs(config.SBENCH_COORDINATOR_URL),
    roomBytes: Math.floor(config.SBENCH_ARTIFACTS_MB * 1024 ** 2),
  },
  capacity,
  journal,
  answers,
  checkpoints,
  presence,
  docker,
  discarded,
  spool,
  shipper,
  log,
  ended: new Counter({
    name: 'sbench_activities_ended_total',
    help: 'Runs and gradings that ended on this node, by how.',
    labelNames: ['activity', 'outcome'],
    registers,
  }),
  phaseSeconds: new Histogram({
    name: 'sbench_phase_seconds',
    help: 'Seconds of each phase of an attempt.',
    labelNames: ['phase'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1_800],
    registers,
  }),
}
new Gauge({
  name: 'sbench_slots_used_ratio',
  help: 'Share of the node that trials hold, by cpu.',
  registers,
  collect() {
    this.set(capacity.used.cpus / capacity.total.cpus)
  },
})
new Gauge({
  name: 'sbench_docker_away',
  help: '1 while the Docker daemon of this node does not answer: it takes no trials then.',
  registers,
  collect() {
    this.set(docker.away === null ? 0 : 1)
  },
})
new Gauge({
  name: 'sbench_spool_attempts_total',
  help: 'Attempts whose events wait in the spool for ClickHouse to hold them.',
  registers,
  collect() {
    this.set(spool.attempts.size)
  },
})

await using adoption = new Adoption(node, client)
const notAdopted = await adoption.take(adoptees)
const others = dropped.filter((entry) => adoptees.every((adoptee) => adoptee.entry !== entry))
const handedBack = await handBack([...others, ...notAdopted], { journal, client, log })
for (const { trial, attempt, activity } of handedBack) {
  if (activity === 'runTrial') await host.removeSnapshotsOf(trial, attempt)
}
await answers.deliver(answered)
presence.start()
await using reaper = new Reaping(node)
reaping = reaper
await reaper.sweepOnce()
adoption.start()
const workers = await NodeWorkers.start(node, {
  connection: native,
  drainMs: config.SBENCH_DRAIN_MS,
})
notReady = null
log.info({ boot, cpus: capacity.total.cpus, memoryMb: capacity.total.memoryMb }, 'ready')

const reason = await Promise.race([shutdown, workers.ended])
notReady = 'draining'
presence.draining = true
log.info({ reason, running: presence.running.size }, 'draining')
await Promise.all([workers.drain(), adoption[Symbol.asyncDispose]()])
await shipper[Symbol.asyncDispose]()
await presence[Symbol.asyncDispose]()
await closeNats(nats)
await connection.close()
await native.close()
log.info('stopped')
