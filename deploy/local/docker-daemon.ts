import { spawn } from 'node:child_process'
import { access, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../../core/failure.ts'
import { askDaemon, DEFAULT_SOCKET, type DockerDaemon } from './docker.ts'
import { findOnPath } from './find-on-path.ts'
import { type Environment, howItEnded, runCommand, type Say } from './run-command.ts'

export interface DaemonOptions {
  readonly environment: Environment
  readonly say: Say
  /** Folder for `dockerd.log`. */
  readonly logs: string
  /** Where it listens and keeps its pid files; the machine's usual places by default. */
  readonly socket?: string
  readonly pidFile?: string
  readonly containerdPidFile?: string
  readonly args?: readonly string[]
  /** A command that dockerd is run under, for example `['unshare', '--net']`; none by default. */
  readonly under?: readonly string[]
}

const START_MS = 45_000

/** For kernels and containers where dockerd may not set up its bridge; pods of ours need none. */
const WITHOUT_BRIDGE = ['--bridge=none', '--iptables=false', '--ip6tables=false']
const BRIDGE_TROUBLE = /network controller|iptables|ip6tables|bridge/i

/**
 * Starts the machine's Docker daemon. It belongs to the machine from then on: `down` leaves it
 * running, since others may have come to use it.
 *
 * @throws Failure `docker.unreachable` with the last lines of its log.
 */
export async function startDaemon(options: DaemonOptions): Promise<DockerDaemon> {
  const { environment, say, logs, socket = DEFAULT_SOCKET, args = [], under = [] } = options
  if (socket === DEFAULT_SOCKET && (await hasSystemd())) return startService(options)
  await dropStalePidFile(options.pidFile ?? '/var/run/docker.pid', 'dockerd', say)
  await dropStalePidFile(
    options.containerdPidFile ?? '/var/run/docker/containerd/containerd.pid',
    'containerd',
    say,
  )
  const log = join(logs, 'dockerd.log')
  say(`starting dockerd (log: ${log})`)
  const dockerd = (await findOnPath('dockerd', environment)) ?? 'dockerd'
  const command = [...under, dockerd]
  const first = await launch(socket, log, { command, args, environment })
  if (typeof first !== 'string') return first
  if (!BRIDGE_TROUBLE.test(first)) throw daemonFailed(first, log)
  say('dockerd cannot set up its bridge here; starting it without networks')
  const second = await launch(socket, log, {
    command,
    args: [...args, ...WITHOUT_BRIDGE],
    environment,
  })
  if (typeof second !== 'string') return second
  throw daemonFailed(second, log)
}

/**
 * Removes a pid file that a crash or a reboot left: with the pid in other hands, the daemon would
 * take that process for itself and refuse to start.
 */
export async function dropStalePidFile(file: string, name: string, say: Say): Promise<void> {
  const pid = (await readFile(file, 'utf8').catch(() => '')).trim()
  if (!/^\d+$/.test(pid)) return
  const holder = (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim()
  if (holder === name) return
  say(`removing ${file}: it names process ${pid}, which is no ${name}`)
  await rm(file, { force: true })
}

/**
 * Docker's programs live for milliseconds or hold little: collecting garbage at five times what is held
 * in place of twice saves a seventh of all they compute for a container.
 */
const RARE_COLLECTIONS = { GOGC: '400' }

interface LaunchOptions {
  readonly command: readonly string[]
  readonly args: readonly string[]
  readonly environment: Environment
}

/** @returns the daemon, or the end of its log when it ended or stayed silent. */
async function launch(
  socket: string,
  log: string,
  { command, args, environment }: LaunchOptions,
): Promise<DockerDaemon | string> {
  await using output = await open(log, 'w', 0o600)
  const [program = 'dockerd', ...before] = command
  const child = spawn(program, [...before, '--host', `unix://${socket}`, ...args], {
    detached: true,
    env: { ...RARE_COLLECTIONS, ...environment },
    stdio: ['ignore', output.fd, output.fd],
  })
  let ended: string | undefined
  child.once('error', (error) => {
    ended = error.message
  })
  child.once('exit', (code, signal) => {
    ended = `it ended with ${signal ?? `exit code ${code}`}`
  })
  child.unref()
  const deadline = Date.now() + START_MS
  while (ended === undefined && Date.now() < deadline) {
    // One that has listened but not answered yet is busy with what it ran before.
    const daemon = await askDaemon(socket).catch(() => undefined)
    if (daemon !== undefined) return daemon
    await sleep(100)
  }
  if (ended === undefined) child.kill('SIGTERM')
  const words = (await readFile(log, 'utf8')).trimEnd().split('\n').slice(-8).join('\n')
  return `${ended ?? `it did not answer in ${START_MS / 1000} s`}\n${words}`
}

async function startService({ environment, say }: DaemonOptions): Promise<DockerDaemon> {
  say('starting the docker service')
  const ran = await runCommand('systemctl', ['start', 'docker'], {
    timeoutMs: START_MS,
    env: environment,
  })
  const daemon = ran.code === 0 ? await askDaemon(DEFAULT_SOCKET) : undefined
  if (daemon !== undefined) return daemon
  throw new Failure(
    'docker.unreachable',
    `systemctl start docker ${howItEnded(ran)}. See: journalctl -u docker`,
  )
}

function daemonFailed(words: string, log: string): Failure {
  return new Failure('docker.unreachable', `dockerd does not start: ${words}\nFull log: ${log}`, {
    facts: { log },
  })
}

async function hasSystemd(): Promise<boolean> {
  return access('/run/systemd/system').then(
    () => true,
    () => false,
  )
}
