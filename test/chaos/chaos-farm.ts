import { rmSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openHome } from '../../deploy/local/home.ts'
import { readRecord } from '../../deploy/local/process-record.ts'
import type { Say } from '../../deploy/local/run-command.ts'
import { Farm } from '../support/farm.ts'
import { OwnDocker } from '../support/own-docker.ts'
import { TendedProcess } from '../support/tended-process.ts'
import type { PlannedKill } from './kill-plan.ts'

/** How long a person takes to see that the supervisor is gone. */
const NOTICED_MS = 1_500

export interface ChaosFarmOptions {
  /** For the daemon's files. */
  readonly folder: string
  /** Whether Docker is a daemon of the farm's own, which may be killed. */
  readonly ownDocker?: boolean
  readonly say?: Say
}

/** A farm of two workers whose every part may be killed; what nothing else restarts, this does. */
export class ChaosFarm implements AsyncDisposable {
  readonly farm: Farm
  readonly #docker: OwnDocker | null
  readonly #secondWorker: TendedProcess

  private constructor(farm: Farm, docker: OwnDocker | null) {
    this.farm = farm
    this.#docker = docker
    const join = ['worker', '--join', farm.coordinatorUrl, '--node', 'second']
    this.#secondWorker = new TendedProcess(farm.command(...join))
  }

  static async up({ folder, ownDocker = false, say }: ChaosFarmOptions): Promise<ChaosFarm> {
    await mkdir(folder, { recursive: true })
    if (!ownDocker) return new ChaosFarm(await Farm.up(), null)
    const docker = new OwnDocker(join(folder, 'docker'), say)
    await docker.start()
    try {
      return new ChaosFarm(await Farm.up({ environment: docker.environment }), docker)
    } catch (error) {
      await docker[Symbol.asyncDispose]()
      throw error
    }
  }

  /**
   * SIGKILL. Resolves when what nothing else brings back is back.
   *
   * @returns false when the component was away at that moment.
   */
  async kill({ component, awayMs }: PlannedKill): Promise<boolean> {
    switch (component) {
      case 'second-worker':
        return this.#secondWorker.kill()
      case 'supervisor':
        return this.#killSupervisor()
      case 'dockerd':
        return this.#killDockerd(awayMs)
      default:
        return this.#killPart(component)
    }
  }

  /** Stops the second worker where it is, its open polls of the server included. */
  freezeSecondWorker(): AsyncDisposable {
    if (!this.#secondWorker.freeze()) throw new Error('the second worker is not there')
    return { [Symbol.asyncDispose]: async () => void this.#secondWorker.thaw() }
  }

  /** Kills the Temporal server and keeps the supervisor from starting it again for so long. */
  async takeTemporalAway(awayMs: number): Promise<void> {
    const temporal = await this.farm.pidOf('temporal')
    const record = await readRecord(await openHome(this.farm.home), 'supervisor')
    if (record === undefined) throw new Error('there is no supervisor')
    process.kill(record.pid, 'SIGSTOP')
    try {
      process.kill(temporal, 'SIGKILL')
      await sleep(awayMs)
    } finally {
      process.kill(record.pid, 'SIGCONT')
    }
  }

  /** Kills NATS and throws away all it has stored, before the supervisor starts it again. */
  async wipeNats(): Promise<void> {
    const pid = await this.farm.pidOf('nats')
    process.kill(pid, 'SIGKILL')
    rmSync(join(this.farm.home, 'data', 'nats'), { recursive: true, force: true })
  }

  async #killPart(name: string): Promise<boolean> {
    try {
      return process.kill(await this.farm.pidOf(name), 'SIGKILL')
    } catch {
      return false
    }
  }

  async #killSupervisor(): Promise<boolean> {
    const record = await readRecord(await openHome(this.farm.home), 'supervisor')
    if (record === undefined) return false
    process.kill(record.pid, 'SIGKILL')
    await sleep(NOTICED_MS)
    await this.farm.upAgain()
    return true
  }

  async #killDockerd(awayMs: number): Promise<boolean> {
    if (this.#docker === null) throw new Error('this farm has no Docker daemon of its own')
    await this.#docker.kill()
    await sleep(awayMs)
    await this.#docker.start()
    return true
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#secondWorker[Symbol.asyncDispose]()
    await this.farm[Symbol.asyncDispose]()
    await this.#docker?.[Symbol.asyncDispose]()
  }
}

/** Removes a folder in which a daemon kept its layers. */
export const removeDaemonFolder = (folder: string): Promise<void> =>
  rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 500 })
