import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client'
import Docker from 'dockerode'
import { down, stackStatus } from '../../deploy/local/stack.ts'
import { up } from '../../deploy/local/up.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
export const FIXTURES = join(ROOT, 'test/fixtures/tasks')
/** Tasks that bring MCP servers along. */
export const MCP_FIXTURES = join(ROOT, 'test/fixtures/mcp-tasks')

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A whole stack of a test's own, driven as a user does: by the command line, and SQL. */
export class Farm implements AsyncDisposable {
  readonly home: string
  readonly #database: ClickHouseClient
  readonly #environment: NodeJS.ProcessEnv
  readonly coordinatorUrl: string

  private constructor(
    home: string,
    addresses: { clickhouse: string; coordinator: string },
    environment: NodeJS.ProcessEnv,
  ) {
    this.home = home
    this.#environment = environment
    this.coordinatorUrl = addresses.coordinator
    this.#database = createClient({
      url: addresses.clickhouse,
      keep_alive: { enabled: false },
      // It may be away on purpose; whoever asks hears of it.
      log: { level: ClickHouseLogLevel.OFF },
    })
  }

  /** @param models content of its file of models. */
  static async up({ environment = process.env, models = '' } = {}): Promise<Farm> {
    const home = await mkdtemp(join(tmpdir(), 'sbench-farm-'))
    if (models !== '') await writeFile(join(home, 'models.yaml'), models)
    const { addresses } = await up({ home, install: true, say: () => undefined, environment })
    return new Farm(home, addresses, environment)
  }

  /** Brings back a stack that has lost its supervisor. */
  async upAgain(): Promise<void> {
    const { home } = this
    await up({ home, install: true, say: () => undefined, environment: this.#environment })
  }

  /** The command line and environment of a `sbench` of this farm. */
  command(...args: string[]): { command: string; args: string[]; env: NodeJS.ProcessEnv } {
    return {
      command: process.execPath,
      args: [join(ROOT, 'bin/sbench.mjs'), ...args],
      env: { ...this.#environment, SBENCH_HOME: this.home },
    }
  }

  /** Runs `sbench` to its end. */
  sbench(...args: string[]): Promise<Ran> {
    return run(this.command(...args))
  }

  /** The JSON document of a command that must succeed. */
  async json<Document>(...args: string[]): Promise<Document> {
    const { code, stdout, stderr } = await this.sbench(...args, '--json')
    if (code !== 0)
      throw new Error(`sbench ${args.join(' ')} ended with ${code}: ${stderr}${stdout}`)
    return JSON.parse(stdout) as Document
  }

  async submit(...flags: string[]): Promise<string> {
    const { sweep } = await this.json<{ sweep: string }>('run', '--detach', ...flags)
    return sweep
  }

  async sql<Row>(query: string, params: Record<string, unknown> = {}): Promise<Row[]> {
    const answer = await this.#database.query({
      query,
      query_params: params,
      format: 'JSONEachRow',
      clickhouse_settings: { output_format_json_quote_64bit_integers: 1 },
    })
    return answer.json<Row>()
  }

  async results(sweep: string): Promise<number> {
    const query =
      'SELECT uniqExact(trial_id) AS n FROM sbench.results WHERE sweep_id = {sweep:String}'
    const [row] = await this.sql<{ n: string | number }>(query, { sweep })
    return Number(row?.n ?? 0)
  }

  async hasEnded(sweep: string): Promise<boolean> {
    const [row] = await this.sql<{ status: string }>(
      'SELECT status FROM sbench.sweeps FINAL WHERE sweep_id = {sweep:String}',
      { sweep },
    )
    return ['finished', 'stopped', 'cancelled'].includes(row?.status ?? '')
  }

  async pidOf(part: string): Promise<number> {
    const { parts } = await stackStatus(this.home)
    const pid = parts.find(({ name }) => name === part)?.pid
    if (pid === undefined || pid === null) throw new Error(`no part ${part} runs`)
    return pid
  }

  /** Names of containers, networks, volumes and images that a sweep's sandboxes have left. */
  async leftovers(sweep: string): Promise<string[]> {
    const docker = new Docker(dockerOptions(this.#environment))
    const filters = { label: [`sbench.sweep=${sweep}`] }
    const [containers, networks, { Volumes: volumes }, images] = await Promise.all([
      docker.listContainers({ all: true, filters }),
      docker.listNetworks({ filters }),
      docker.listVolumes({ filters }),
      docker.listImages({ filters }),
    ])
    return [
      ...containers.map(({ Names }) => Names[0] ?? ''),
      ...networks.map(({ Name }) => Name),
      ...(volumes ?? []).map(({ Name }) => Name),
      ...images.map(({ Id }) => Id),
    ]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#database.close()
    await down(this.home)
    await rm(this.home, { recursive: true, force: true })
  }
}

function run({ command, args, env }: ReturnType<Farm['command']>): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    child.stdout.on('data', (piece: Buffer) => stdout.push(piece))
    child.stderr.on('data', (piece: Buffer) => stderr.push(piece))
    child.once('error', reject)
    child.once('close', (code) => {
      const text = (pieces: Buffer[]) => Buffer.concat(pieces).toString('utf8')
      resolve({ code: code ?? 1, stdout: text(stdout), stderr: text(stderr) })
    })
  })
}

/** As the stack's worker finds it: a named socket, else the usual one. */
function dockerOptions({ DOCKER_HOST }: NodeJS.ProcessEnv): { socketPath?: string } {
  const socketPath = /^unix:\/\/(.+)$/.exec(DOCKER_HOST ?? '')?.[1]
  return socketPath === undefined ? {} : { socketPath }
}
