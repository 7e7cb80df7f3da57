import { hostname } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { portSetting, readConfig } from '../../core/config.ts'
import { Failure } from '../../core/failure.ts'
import { openLog } from '../../core/log.ts'
import { openMetrics } from '../../core/metrics.ts'
import { untilShutdown } from '../../core/shutdown.ts'
import { Engine } from './engine.ts'
import { frontMetrics } from './front-metrics.ts'
import { FrontServer } from './front-server.ts'
import { Gate } from './gate.ts'
import type { Lane } from './lane.ts'
import { RowSpool } from './row-spool.ts'
import type { Front } from './serve-query.ts'
import { Sessions } from './sessions.ts'

const count = z.coerce.number().int().positive()
const MIB = 1024 * 1024

/** Bytes, rows and milliseconds are whole numbers; every variable with a default may be left out. */
const environment = z.object({
  SBENCH_CLICKHOUSE_DATA: z.string().min(1, 'name the folder of the data'),
  SBENCH_CLICKHOUSE_HOST: z.string().default('127.0.0.1'),
  SBENCH_CLICKHOUSE_PORT: portSetting,
  /** Of the user `default`; empty for none. */
  SBENCH_CLICKHOUSE_PASSWORD: z.string().default(''),
  /** Of the user `analyst`; empty for none. */
  SBENCH_CLICKHOUSE_READER_PASSWORD: z.string().default(''),
  SBENCH_CLICKHOUSE_WRITER_QUERIES: count.max(64).default(8),
  SBENCH_CLICKHOUSE_READER_QUERIES: count.max(64).default(4),
  /** Requests of each role that wait while all places are taken, and how long. */
  SBENCH_CLICKHOUSE_QUEUE: z.coerce.number().int().min(0).default(64),
  SBENCH_CLICKHOUSE_QUEUE_WAIT_MS: count.default(10_000),
  SBENCH_CLICKHOUSE_MAX_BODY_BYTES: count.default(512 * MIB),
  SBENCH_CLICKHOUSE_MAX_RESULT_BYTES: count.default(256 * MIB),
  SBENCH_CLICKHOUSE_WRITER_MEMORY_BYTES: count.default(4096 * MIB),
  SBENCH_CLICKHOUSE_READER_MEMORY_BYTES: count.default(2048 * MIB),
  SBENCH_CLICKHOUSE_READER_SECONDS: count.default(60),
  SBENCH_CLICKHOUSE_READER_ROWS: count.default(1_000_000),
  SBENCH_CLICKHOUSE_SESSIONS: count.default(32),
  SBENCH_CLICKHOUSE_DRAIN_MS: z.coerce.number().int().min(0).default(3_000),
  SBENCH_LOG_LEVEL: z.string().default('info'),
  SBENCH_PARENT_PID: count.optional(),
})

/** Threads of Node's pool beyond one a query: the control lane, compression, name lookups. */
const SPARE_THREADS = 6
/** After a kill, how long the engine may take to let go of its queries. */
const KILLED_MS = 1_500

async function main(): Promise<void> {
  const config = readConfig(environment, process.env)
  const log = openLog({ process: 'clickhouse', level: config.SBENCH_LOG_LEVEL })
  const width = {
    writer: config.SBENCH_CLICKHOUSE_WRITER_QUERIES,
    reader: config.SBENCH_CLICKHOUSE_READER_QUERIES,
  }
  // Every running query holds a thread of the pool, which is made at its first use.
  process.env.UV_THREADPOOL_SIZE = String(width.writer + width.reader + SPARE_THREADS)
  const registry = openMetrics('clickhouse')
  const shutdown = untilShutdown(config.SBENCH_PARENT_PID)
  const closing = new AbortController()

  await using engine = await Engine.open(config.SBENCH_CLICKHOUSE_DATA)
  const wait = {
    queue: config.SBENCH_CLICKHOUSE_QUEUE,
    waitMs: config.SBENCH_CLICKHOUSE_QUEUE_WAIT_MS,
  }
  const gates = {
    writer: new Gate({ name: 'writer', width: width.writer, ...wait }),
    reader: new Gate({ name: 'reader', width: width.reader, ...wait }),
  }
  const sessions = new Sessions<Lane>(config.SBENCH_CLICKHOUSE_SESSIONS, (lane) => {
    engine.giveBack(lane).catch((error: unknown) => log.error({ err: error }, 'session not wiped'))
  })
  const running = () => gates.writer.running + gates.reader.running
  const wholeResultBytes = config.SBENCH_CLICKHOUSE_MAX_RESULT_BYTES
  const front: Front = {
    engine,
    spool: RowSpool.open(config.SBENCH_CLICKHOUSE_DATA),
    gates,
    sessions,
    users: [
      { name: 'default', role: 'writer', password: config.SBENCH_CLICKHOUSE_PASSWORD },
      { name: 'analyst', role: 'reader', password: config.SBENCH_CLICKHOUSE_READER_PASSWORD },
    ],
    rules: {
      writerMemoryBytes: config.SBENCH_CLICKHOUSE_WRITER_MEMORY_BYTES,
      wholeResultBytes,
      tableFunctions: engine.tableFunctions,
      readerLimits: {
        max_execution_time: config.SBENCH_CLICKHOUSE_READER_SECONDS,
        max_memory_usage: config.SBENCH_CLICKHOUSE_READER_MEMORY_BYTES,
        max_result_rows: config.SBENCH_CLICKHOUSE_READER_ROWS,
        max_result_bytes: wholeResultBytes,
      },
    },
    metrics: frontMetrics(registry, { running, sessions: () => sessions.size }),
    log,
    running: new Map(),
    maxBodyBytes: config.SBENCH_CLICKHOUSE_MAX_BODY_BYTES,
    displayName: hostname(),
    closing: closing.signal,
  }
  const { SBENCH_CLICKHOUSE_HOST: host, SBENCH_CLICKHOUSE_PORT: port } = config
  await using server = await FrontServer.open({ host, port, registry, front })
  log.info({ ready: true, port: server.port, version: engine.version }, 'ready')

  const reason = await Promise.race([shutdown, engine.lost])
  if (reason instanceof Error) throw reason
  log.info({ reason, running: running() }, 'stopping')
  server.stopAccepting()
  await idle(running, config.SBENCH_CLICKHOUSE_DRAIN_MS)
  closing.abort()
  await idle(running, KILLED_MS)
  log.info({ running: running() }, 'stopped')
  if (running() > 0) process.exit(0)
}

async function idle(running: () => number, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs
  while (running() > 0 && performance.now() < deadline) await delay(20)
}

try {
  await main()
  process.exit(0)
} catch (error) {
  const failure = error instanceof Failure ? error : undefined
  process.stderr.write(`${failure?.message ?? (error instanceof Error ? error.stack : error)}\n`)
  process.exit(failure?.exitCode ?? 70)
}
