import { hostname } from 'node:os'
import { join } from 'node:path'
import { type Addresses, type External, workerNames } from './addresses.ts'
import type { BinaryName } from './binary-pins.ts'
import { type Home, ownerOf } from './home.ts'
import type { Part } from './part.ts'
import type { Ports } from './ports.ts'
import { projectRoot } from './settings.ts'

/** Everything that decides how the parts are run. */
export interface StackPlan {
  readonly home: Home
  readonly ports: Ports
  readonly addresses: Addresses
  readonly external: External
  /** Paths of the programs, for the parts that are not external. */
  readonly binaries: Readonly<Partial<Record<BinaryName, string>>>
  readonly workers: number
  /** The file of models, which need not be there. */
  readonly modelsFile: string
  /** Variables that hold keys of providers: for nodes alone. */
  readonly keyVariables: readonly string[]
}

/** Which parts a stack has, and which ports and programs they need. */
export interface StackLayout {
  /** Every port the parts will listen on, by the name under which it is remembered. */
  portNames(external: External, workers: number): readonly string[]
  binaryNames(external: External): readonly BinaryName[]
  needsDocker(workers: number): boolean
  parts(plan: StackPlan): readonly Part[]
}

/** The stack of `sbench up`. */
export const standardLayout: StackLayout = {
  portNames: (external, workers) => [
    ...(external.temporal === undefined ? ['temporal', 'temporal-http', 'temporal-metrics'] : []),
    ...(external.nats === undefined ? ['nats', 'nats-monitor'] : []),
    ...(external.clickhouse === undefined ? ['clickhouse'] : []),
    'coordinator',
    'sink',
    ...workerNames(workers),
  ],
  binaryNames: (external) => [
    ...(external.temporal === undefined ? ['temporal' as const] : []),
    ...(external.nats === undefined ? ['nats-server' as const] : []),
  ],
  needsDocker: (workers) => workers > 0,
  parts: (plan) => {
    const others = [
      ...(plan.external.temporal === undefined ? [temporalPart(plan)] : []),
      ...(plan.external.nats === undefined ? [natsPart(plan)] : []),
      ...(plan.external.clickhouse === undefined ? [clickhousePart(plan)] : []),
      nodePart(plan, 'coordinator', 'coordinator/main.ts'),
      nodePart(plan, 'sink', 'analytics/sink/main.ts'),
    ].map((part) => ({ ...part, withheld: [...plan.keyVariables] }))
    return [
      ...others,
      ...workerNames(plan.workers).map((name, index) => workerPart(plan, name, index)),
    ]
  },
}

function workerPart(plan: StackPlan, name: string, index: number): Part {
  return nodePart(plan, name, 'worker/main.ts', {
    SBENCH_NODE_ID: `${hostname()}-${index + 1}`,
    SBENCH_MODELS: plan.modelsFile,
    SBENCH_OWNER: ownerOf(plan.home.folder),
  })
}

/** Stop graces of the two waves add up to less than the five seconds that `down` may take. */
const STORE_GRACE_MS = 2_000
const PROCESS_GRACE_MS = 2_500

/**
 * The development server of Temporal's own CLI, without its UI, on a SQLite file. The journal mode
 * and `synchronous=normal` double its rate and still survive a crash of the process.
 */
export function temporalPart({ home, ports, binaries }: StackPlan): Part {
  const http = portOf(ports, 'temporal-http')
  const port = portOf(ports, 'temporal')
  return {
    name: 'temporal',
    wave: 0,
    command: binaries.temporal ?? 'temporal',
    args: [
      ...['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--port', `${port}`],
      ...['--http-port', `${http}`, '--metrics-port', `${portOf(ports, 'temporal-metrics')}`],
      ...['--db-filename', join(home.data, 'temporal.db')],
      ...['--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=normal'],
      ...['--dynamic-config-value', 'matching.enableFairness=true'],
      ...['--namespace', 'default', '--log-level', 'warn', '--log-format', 'json'],
    ],
    env: {},
    files: {},
    ready: { url: `http://127.0.0.1:${http}/api/v1/namespaces/default` },
    port,
    stopGraceMs: STORE_GRACE_MS,
  }
}

/** JetStream's file store may not outgrow this, in bytes; the spools of the nodes hold the record. */
const NATS_STORE_BYTES = 16 * 2 ** 30

export function natsPart({ home, ports, binaries }: StackPlan): Part {
  const monitor = portOf(ports, 'nats-monitor')
  const port = portOf(ports, 'nats')
  const config = join(home.run, 'nats.conf')
  return {
    name: 'nats',
    wave: 0,
    command: binaries['nats-server'] ?? 'nats-server',
    args: ['--config', config],
    env: {},
    files: {
      [config]: [
        `listen: "127.0.0.1:${port}"`,
        `http: "127.0.0.1:${monitor}"`,
        'max_payload: 8MB',
        'jetstream {',
        `  store_dir: ${JSON.stringify(join(home.data, 'nats'))}`,
        `  max_file_store: ${NATS_STORE_BYTES}`,
        '  max_memory_store: 256MB',
        '  sync_interval: 1s',
        '}',
        '',
      ].join('\n'),
    },
    ready: { url: `http://127.0.0.1:${monitor}/healthz` },
    port,
    stopGraceMs: STORE_GRACE_MS,
  }
}

function clickhousePart({ home, ports }: StackPlan): Part {
  const port = portOf(ports, 'clickhouse')
  return {
    name: 'clickhouse',
    wave: 0,
    command: process.execPath,
    args: [join(projectRoot, 'analytics/front/main.ts')],
    env: {
      SBENCH_CLICKHOUSE_PORT: `${port}`,
      SBENCH_CLICKHOUSE_DATA: join(home.data, 'clickhouse'),
    },
    files: {},
    ready: { url: `http://127.0.0.1:${port}/ping` },
    port,
    stopGraceMs: STORE_GRACE_MS,
  }
}

function nodePart(
  { home, ports, addresses }: StackPlan,
  name: string,
  file: string,
  env: Readonly<Record<string, string>> = {},
): Part {
  const port = portOf(ports, name)
  return {
    name,
    wave: 1,
    command: process.execPath,
    args: [join(projectRoot, file)],
    env: {
      SBENCH_TEMPORAL_ADDRESS: addresses.temporal,
      SBENCH_NATS_URL: addresses.nats,
      SBENCH_CLICKHOUSE_URL: addresses.clickhouse,
      SBENCH_COORDINATOR_URL: addresses.coordinator,
      SBENCH_HTTP_PORT: `${port}`,
      SBENCH_DATA: join(home.data, name),
      ...env,
    },
    files: {},
    ready: { url: `http://127.0.0.1:${port}/readyz` },
    port,
    stopGraceMs: PROCESS_GRACE_MS,
  }
}

function portOf(ports: Ports, name: string): number {
  const port = ports[name]
  if (port === undefined) throw new Error(`the plan has no port for ${name}`)
  return port
}
