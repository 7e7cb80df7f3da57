import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { messageOf } from '../../core/failure.ts'
import { type DockerDaemon, findDocker } from '../../deploy/local/docker.ts'
import { startDaemon } from '../../deploy/local/docker-daemon.ts'
import { recordOf, untilEnded } from '../../deploy/local/process-record.ts'
import { runCommand, type Say } from '../../deploy/local/run-command.ts'

const END_MS = 15_000
const START_TRIES = 4

/**
 * A Docker daemon with all its files in one folder, which may be killed; needs root and dockerd. It
 * has a network namespace of its own too: `--bridge=none` removes the bridge that it finds, which
 * would be the one of the machine's own daemon.
 */
export class OwnDocker implements AsyncDisposable {
  readonly #folder: string
  readonly #say: Say

  constructor(folder: string, say: Say = () => undefined) {
    this.#folder = folder
    this.#say = say
  }

  get socket(): string {
    return join(this.#folder, 'docker.sock')
  }

  /** What makes any client of Docker use this one. */
  get environment(): NodeJS.ProcessEnv {
    return { ...process.env, DOCKER_HOST: `unix://${this.socket}` }
  }

  get pidFile(): string {
    return join(this.#folder, 'docker.pid')
  }

  get containerdPidFile(): string {
    return join(this.#folder, 'exec', 'containerd', 'containerd.pid')
  }

  /** Leaves pid files that name a process of another program, as a crash does in time. */
  async leaveStalePidFiles(): Promise<void> {
    await mkdir(dirname(this.containerdPidFile), { recursive: true })
    for (const file of [this.pidFile, this.containerdPidFile]) {
      await writeFile(file, `${process.pid}`)
    }
  }

  /** Tried again as a service manager does: with shims of a dead daemon its start can fail. */
  async start(): Promise<DockerDaemon> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#startOnce()
      } catch (error) {
        if (tries === START_TRIES) throw error
        this.#say(messageOf(error))
      }
    }
  }

  async #startOnce(): Promise<DockerDaemon> {
    await mkdir(this.#folder, { recursive: true })
    const roots = [
      ...['--data-root', join(this.#folder, 'data')],
      ...['--exec-root', join(this.#folder, 'exec')],
    ]
    const apart = ['--pidfile', this.pidFile, '--bridge=none', '--iptables=false']
    return startDaemon({
      ...{ environment: process.env, say: this.#say, logs: this.#folder },
      ...{ pidFile: this.pidFile, containerdPidFile: this.containerdPidFile },
      socket: this.socket,
      args: [...roots, ...apart],
      under: ['unshare', '--net'],
    })
  }

  /** SIGKILL to dockerd alone, as a crash of it would: containerd and the containers live on. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  async isUp(): Promise<boolean> {
    return findDocker(this.environment).then(
      () => true,
      () => false,
    )
  }

  /**
   * What one that was killed leaves behind goes too: shims, with the containers that they hold, and
   * mounts, which hold the folder.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end('SIGTERM')
    await this.#endShims()
    const mounts = (await readFile('/proc/self/mounts', 'utf8'))
      .split('\n')
      .map((line) => line.split(' ')[1] ?? '')
      .filter((path) => path.startsWith(`${this.#folder}/`))
    for (const path of mounts.reverse()) {
      await runCommand('umount', ['--lazy', path], { timeoutMs: 10_000 })
    }
  }

  async #endShims(): Promise<void> {
    const commands = new Map<number, string>()
    const parents = new Map<number, number>()
    for (const name of await readdir('/proc')) {
      const pid = Number(name)
      if (!Number.isInteger(pid)) continue
      const read = (file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')
      commands.set(pid, await read('cmdline'))
      const parent = /^PPid:\s+(\d+)$/m.exec(await read('status'))?.[1]
      parents.set(pid, Number(parent ?? 0))
    }
    const isOurs = (pid: number) => {
      const command = commands.get(pid) ?? ''
      return command.includes('containerd-shim') && command.includes(`${this.#folder}/`)
    }
    for (const [pid, parent] of parents) {
      if (isOurs(pid) || isOurs(parent)) killQuietly(pid)
    }
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const pid = Number(await readFile(this.pidFile, 'utf8').catch(() => ''))
    const record = recordOf(pid)
    if (record === undefined) return
    process.kill(record.pid, signal)
    await untilEnded(record, END_MS)
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended meanwhile.
  }
}
