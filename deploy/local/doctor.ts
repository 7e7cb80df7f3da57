import { readFile } from 'node:fs/promises'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import { messageOf } from '../../core/failure.ts'
import { BASE_IMAGE, hasImage } from './base-image.ts'
import { presentBinary } from './binaries.ts'
import { type BinaryName, pinOf } from './binary-pins.ts'
import { COMFORTABLE_DISK_BYTES, freeDiskBytes } from './disk-space.ts'
import { type DockerDaemon, findDocker } from './docker.ts'
import { findOnPath } from './find-on-path.ts'
import { assertReadable, homeLayout } from './home.ts'
import type { Environment } from './run-command.ts'
import { projectRoot, stackSettings } from './settings.ts'
import { stackStatus } from './stack.ts'
import { findPip } from './wheel-source.ts'

/** One thing that the local stack needs or profits from. */
export interface Prerequisite {
  readonly name: string
  /** Whether it is there. What is not there is not always needed: the remedy says. */
  readonly found: boolean
  readonly detail: string
  /** What to do when it is not there; what `sbench up` does by itself is said so. */
  readonly remedy: string
}

interface Finding {
  readonly found: boolean
  readonly detail: string
}

export interface DoctorOptions {
  readonly environment: Environment
  readonly home?: string
}

/** Looks at everything the stack needs on this machine. Changes nothing and never throws. */
export async function doctor(options: DoctorOptions): Promise<Prerequisite[]> {
  const { environment } = options
  const settings = stackSettings(environment)
  const home = options.home ?? settings.home
  const daemon = findDocker(environment)
  return Promise.all([
    check('node 24', 'start through bin/sbench.mjs, which brings Node 24', node),
    check('npm packages', 'run: npm ci', packages),
    check('temporal', FETCHED, () => binary('temporal', settings.cache, environment)),
    check('nats-server', FETCHED, () => binary('nats-server', settings.cache, environment)),
    check('pip', 'only needed where github.com is out of reach: apt-get install python3-pip', () =>
      pip(environment),
    ),
    check('docker', '`sbench up` as root on Debian or Ubuntu installs and starts it', () =>
      docker(daemon),
    ),
    check('docker limits', 'enable the memory cgroup controller on this machine', () =>
      limits(daemon),
    ),
    check('base image', '`sbench up` pulls it or makes it with debootstrap', () => image(daemon)),
    check(
      'debootstrap',
      'only needed where the base image cannot be pulled; `sbench up` as root installs it',
      () => debootstrap(environment),
    ),
    check('disk', 'free some space, or choose another disk: SBENCH_HOME=<folder>', () =>
      disk(home),
    ),
    check('memory', 'use a machine with 4 GB or more', memory),
    check('state folder', 'use the release that wrote it, or SBENCH_HOME=<folder>', () =>
      stateFolder(home),
    ),
  ])
}

const FETCHED = '`sbench up` fetches it; without internet put it on PATH'

async function check(
  name: string,
  remedy: string,
  look: () => Finding | Promise<Finding>,
): Promise<Prerequisite> {
  try {
    return { name, ...(await look()), remedy }
  } catch (error) {
    return { name, found: false, detail: messageOf(error), remedy }
  }
}

function node(): Finding {
  const found = Number.parseInt(process.versions.node, 10) >= 24
  return { found, detail: `${process.version} at ${process.execPath}` }
}

async function packages(): Promise<Finding> {
  const record = join(projectRoot, 'node_modules', '.package-lock.json')
  const found = (await readFile(record).catch(() => undefined)) !== undefined
  return { found, detail: found ? join(projectRoot, 'node_modules') : 'not installed' }
}

async function binary(name: BinaryName, cache: string, environment: Environment): Promise<Finding> {
  const notes: string[] = []
  const say = (line: string) => notes.push(line)
  const pin = pinOf(name)
  const present = await presentBinary(pin, { cache, environment, say })
  const detail =
    present === undefined
      ? `no ${pin.version} on PATH or in the cache`
      : `${pin.version}, ${present.path}`
  return { found: present !== undefined, detail: [detail, ...notes].join('; ') }
}

async function pip(environment: Environment): Promise<Finding> {
  const found = await findPip(environment)
  return { found: found !== undefined, detail: found?.join(' ') ?? 'none' }
}

const NO_DAEMON = { found: false, detail: 'no daemon answers' }

async function docker(asked: Promise<DockerDaemon | undefined>): Promise<Finding> {
  const daemon = await asked
  if (daemon === undefined) return NO_DAEMON
  return { found: true, detail: `Engine ${daemon.version}, API ${daemon.apiVersion}` }
}

async function limits(asked: Promise<DockerDaemon | undefined>): Promise<Finding> {
  const daemon = await asked
  if (daemon === undefined) return NO_DAEMON
  const info: unknown = await daemon.docker.info()
  const can = (name: string) =>
    typeof info === 'object' && info !== null && name in info && Reflect.get(info, name) === true
  const missing = ['MemoryLimit', 'CpuCfsQuota', 'PidsLimit'].filter((name) => !can(name))
  if (missing.length > 0) return { found: false, detail: `no ${missing.join(', ')}` }
  return { found: true, detail: 'memory, cpu and process limits' }
}

async function image(asked: Promise<DockerDaemon | undefined>): Promise<Finding> {
  const daemon = await asked
  if (daemon === undefined) return NO_DAEMON
  const found = await hasImage(daemon.docker, BASE_IMAGE)
  return { found, detail: found ? BASE_IMAGE : `no ${BASE_IMAGE}` }
}

async function debootstrap(environment: Environment): Promise<Finding> {
  const path = await findOnPath('debootstrap', environment)
  return { found: path !== undefined, detail: path ?? 'not installed' }
}

async function disk(home: string): Promise<Finding> {
  const free = await freeDiskBytes(home)
  const detail = `${(free / 1e9).toFixed(1)} GB free at ${home}`
  return { found: free >= COMFORTABLE_DISK_BYTES, detail }
}

const LEAST_MEMORY_BYTES = 4e9

function memory(): Finding {
  const bytes =
    process.constrainedMemory() > 0 ? Math.min(totalmem(), process.constrainedMemory()) : totalmem()
  return { found: bytes >= LEAST_MEMORY_BYTES, detail: `${(bytes / 1e9).toFixed(1)} GB` }
}

async function stateFolder(path: string): Promise<Finding> {
  const home = homeLayout(path)
  await assertReadable(home)
  const { running, leftovers } = await stackStatus(path)
  const rest = leftovers.length === 0 ? '' : `, left over: ${leftovers.join(', ')}`
  return { found: true, detail: `${home.folder}, ${running ? 'running' : 'not running'}${rest}` }
}
