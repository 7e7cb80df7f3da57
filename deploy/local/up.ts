import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { Failure } from '../../core/failure.ts'
import { loadModels, modelsPath } from '../../models/config.ts'
import { keyVariables } from '../../models/key-place.ts'
import packageJson from '../../package.json' with { type: 'json' }
import { type Addresses, addressesOf, type External } from './addresses.ts'
import { findBinary } from './binaries.ts'
import { askStatus } from './control.ts'
import { assertDiskSpace } from './disk-space.ts'
import { FolderLock } from './folder-lock.ts'
import { type Home, openHome, readJson, writeJson } from './home.ts'
import { choosePorts, type Ports } from './ports.ts'
import { prepareDocker } from './prepare-docker.ts'
import { endProcess, isRunning, readRecord } from './process-record.ts'
import type { Environment, Say } from './run-command.ts'
import { stackSettings } from './settings.ts'
import { down, endLeftovers, readAddresses, STOP_WAIT_MS } from './stack.ts'
import { type StackLayout, standardLayout } from './stack-parts.ts'
import type { PartStatus, SupervisorStatus } from './stack-status.ts'
import { SupervisorStart, untilReady } from './start-supervisor.ts'
import type { Plan } from './supervisor.ts'

export interface UpOptions {
  /** Whether missing system packages (docker.io, debootstrap) may be installed. */
  readonly install: boolean
  readonly say: Say
  /** State folder; `SBENCH_HOME` or `.sbench` of the project by default. */
  readonly home?: string
  readonly external?: External
  /** Forget the remembered ports and choose free ones. */
  readonly newPorts?: boolean
  /** Worker processes on this machine, 1 by default; with 0 no Docker is needed. */
  readonly workers?: number
  /** Handed to all parts. */
  readonly environment: Environment
  readonly readyTimeoutMs?: number
  readonly layout?: StackLayout
  /** Ends the start: what it started is stopped again. What it fetches or installs is finished first. */
  readonly signal?: AbortSignal
}

/** A stack that is up. */
export interface Stack {
  readonly home: string
  readonly addresses: Addresses
  readonly parts: readonly PartStatus[]
  /** False when it was up already. */
  readonly started: boolean
}

const LOCK_WAIT_MS = 300_000
const READY_TIMEOUT_MS = 90_000

/**
 * Brings the stack of a state folder up, or finds it up. It runs on when this process ends.
 *
 * @throws Failure `stack.folder-in-use` when a stack of other settings runs there, `stack.folder-newer`,
 * `stack.part-failed` (the stack is taken down again), `port.taken`, `disk.full`, `binary.*`,
 * `install.refused`, `prerequisite.missing`, `docker.unreachable`, `image.build-failed`,
 * `stack.not-running` when it was ended by its signal.
 */
export async function up(options: UpOptions): Promise<Stack> {
  const { say, external = {}, workers = 1, environment, signal } = options
  const { readyTimeoutMs = READY_TIMEOUT_MS, layout = standardLayout } = options
  const settings = stackSettings(environment)
  const home = await openHome(options.home ?? settings.home)
  await assertDiskSpace(home.folder)
  const modelsFile = modelsPath(environment, home.folder)
  const models = await loadModels(modelsFile)
  await using _lock = await FolderLock.acquire(home, 'up', {
    waitMs: LOCK_WAIT_MS,
    onWait: () => say(`another start is under way in ${home.folder}; waiting for it`),
  })
  const portNames = layout.portNames(external, workers)
  const digest = digestOfRequest({ external, workers, portNames, version: packageJson.version })
  const running = await runningStack(home)
  if (running !== undefined) {
    if (running.plan !== digest || options.newPorts === true) throw otherStackRuns(home, running)
    const supervisor = await readRecord(home, 'supervisor')
    const ready = untilReady(home, supervisor, readyTimeoutMs)
    const { parts } = await Promise.race([ready, aborted(signal, () => startStopped(home))])
    return { home: home.folder, addresses: await readAddresses(home.folder), parts, started: false }
  }
  await endLeftovers(home, say)
  using supervisor = await SupervisorStart.begin(home, environment)
  const { cache } = settings
  const finding = layout
    .binaryNames(external)
    .map(async (name) => [name, await findBinary(name, { cache, environment, say })] as const)
  const docker = { install: options.install, say, cache, environment, logs: home.logs }
  const [found] = await Promise.all([
    Promise.all(finding),
    layout.needsDocker(workers) ? prepareDocker(docker) : undefined,
  ])
  if (signal?.aborted === true) throw startStopped(home)
  const binaries = Object.fromEntries(found.map(([name, { path }]) => [name, path]))
  const ports = await rememberedPorts(home, portNames, options.newPorts === true)
  const addresses = addressesOf(ports, { external, workers })
  const parts = layout.parts({
    ...{ home, ports, addresses, external, binaries, workers },
    modelsFile,
    keyVariables: keyVariables(models),
  })
  for (const part of parts) {
    for (const [file, content] of Object.entries(part.files)) await writeFile(file, content)
  }
  say(`starting ${parts.map((part) => part.name).join(', ')}`)
  const plan: Plan = { digest, home: home.folder, addresses, parts: [...parts] }
  await supervisor.run(plan)
  try {
    const ready = untilReady(home, supervisor.record, readyTimeoutMs)
    const status = await Promise.race([ready, aborted(signal, () => startStopped(home))])
    return { home: home.folder, addresses, parts: status.parts, started: true }
  } catch (error) {
    // Before it has written its record, nothing but its process id leads to the supervisor.
    if (supervisor.record !== undefined) await endProcess(supervisor.record, STOP_WAIT_MS)
    await down(home.folder)
    throw error
  }
}

/** Never resolves; rejects when the signal is aborted. */
function aborted(signal: AbortSignal | undefined, why: () => Failure): Promise<never> {
  return new Promise((_, reject) => {
    if (signal?.aborted === true) reject(why())
    signal?.addEventListener('abort', () => reject(why()), { once: true })
  })
}

function startStopped(home: Home): Failure {
  return new Failure(
    'stack.not-running',
    'The start was stopped, and with it what it had started. Start again: sbench up',
    { facts: { folder: home.folder } },
  )
}

/** The live stack of a folder; one that is just ending is waited for. */
async function runningStack(home: Home): Promise<SupervisorStatus | undefined> {
  const deadline = Date.now() + STOP_WAIT_MS
  for (;;) {
    const status = await askStatus(home)
    if (status !== undefined) return status
    const supervisor = await readRecord(home, 'supervisor')
    if (supervisor === undefined || !isRunning(supervisor)) return undefined
    if (Date.now() > deadline) {
      throw new Failure(
        'stack.folder-in-use',
        `The supervisor of ${home.folder} (process ${supervisor.pid}) does not answer. End it: sbench down`,
        { facts: { folder: home.folder, pid: supervisor.pid } },
      )
    }
    await sleep(50)
  }
}

function otherStackRuns(home: Home, running: SupervisorStatus): Failure {
  return new Failure(
    'stack.folder-in-use',
    `A stack of other settings or another release runs in ${home.folder} (process ${running.pid}). End it first: sbench down`,
    { facts: { folder: home.folder, pid: running.pid } },
  )
}

const portsSchema = z.object({ ports: z.record(z.string(), z.int()) })

async function rememberedPorts(
  home: Home,
  names: readonly string[],
  anew: boolean,
): Promise<Ports> {
  const file = join(home.folder, 'stack.json')
  const remembered = anew ? {} : ((await readJson(file, portsSchema))?.ports ?? {})
  const ports = await choosePorts(names, remembered)
  await writeJson(file, { ports: { ...remembered, ...ports } })
  return ports
}

function digestOfRequest(request: unknown): string {
  return createHash('sha256').update(JSON.stringify(request)).digest('hex').slice(0, 16)
}
