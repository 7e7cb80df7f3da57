import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type Docker from 'dockerode'
import { Failure } from '../core/failure.ts'
import { readArchive, writeArchive } from './archive.ts'
import { readCgroup } from './cgroup.ts'
import { dockerCall, isDaemonAway, refusalOf, statusOf, TIME_LIMITS } from './docker-call.ts'
import { runExec } from './exec.ts'
import { takeLastFiles } from './first-files.ts'
import type { OomEvents } from './oom-events.ts'
import { ExecRunner } from './runner/exec-runner.ts'
import { RUNNER_FOLDER, RunnerUnusable } from './runner/runner-connection.ts'
import { StreamRunner } from './runner/stream-runner.ts'
import type { CommandRunner } from './running-command.ts'
import type {
  ArchiveLimits,
  ExecOptions,
  ExecResult,
  Sandbox,
  SandboxOptions,
  SandboxUse,
} from './sandbox.ts'
import { commitSnapshot } from './snapshot.ts'
import { type FileChange, REMOVED } from './system-changes.ts'

export interface DockerSandboxParts {
  readonly docker: Docker
  readonly container: Docker.Container
  readonly options: SandboxOptions
  readonly ooms: OomEvents
  readonly owner: string
  readonly snapshotLeaseMs: number
  /** An earlier process started it, and may have done anything in it. */
  readonly adopted: boolean
  /** Told that the runner does not run, though it is mounted or should be. */
  readonly onRunnerUnusable: () => void
  /** Removes the container and what was made with it; done twice, nothing happens. */
  readonly remove: () => Promise<void>
}

/** Docker notes the end of a container this much later than that of a command in it. */
const LATE_END_MS = 400

/** An event of the kernel's killing may come this much later than the exit that it caused. */
const OOM_EVENT_MS = 300

/** A running container; made by {@link DockerHost.start}. */
export class DockerSandbox implements Sandbox {
  readonly id: string
  readonly #parts: DockerSandboxParts
  /** Nobody has run anything in it or put anything into it since it started. */
  #pristine: boolean
  #stopped = false
  #lastUse: SandboxUse | null = null
  /** As the snapshot found them. */
  #changes: readonly FileChange[] = []
  #runner: Promise<CommandRunner> | null = null

  constructor(parts: DockerSandboxParts) {
    this.#parts = parts
    this.id = parts.container.id
    this.#pristine = parts.options.files === undefined && !parts.adopted
  }

  async exec(command: readonly string[], options: ExecOptions): Promise<ExecResult> {
    this.#pristine = false
    const before = this.#oomKills()
    const result = await this.#call('run a command', () =>
      runExec(this.#parts.container, command, options),
    )
    const { begun, killed, ...raw } = result
    if (killed === 'no' && (!begun || raw.exitCode === 137)) await this.#checkAlive()
    const outOfMemory = (await this.#oomKillsAfter(raw.exitCode, before)) > before
    return { ...raw, outOfMemory }
  }

  runner(): Promise<CommandRunner> {
    this.#pristine = false
    this.#runner ??= this.#openRunner().catch((error: unknown) => {
      this.#runner = null
      throw error
    })
    return this.#runner
  }

  putArchive(path: string, tar: Readable | Uint8Array): Promise<void> {
    this.#pristine = false
    return this.#call('write files', () => writeArchive(this.#parts.container, path, tar))
  }

  getArchive(path: string, limits: ArchiveLimits): Promise<Uint8Array | null> {
    const read = this.#stopped ? takeLastFiles : readArchive
    return this.#call('read files', () => read(this.#parts.container, path, limits))
  }

  /** Its main process has ended, and everything else with it. */
  hasEnded(): void {
    this.#pristine = false
    this.#stopped = true
  }

  async stop(): Promise<void> {
    if (this.#stopped) return
    // Afterwards nobody knows any more; that it is not known is no reason to let it run on.
    this.#lastUse = await this.use().catch(() => null)
    await this.#call('stop', async () => {
      await dockerCall('stop the container', TIME_LIMITS.changeMs, (abortSignal) =>
        this.#parts.container.stop({ t: 10, abortSignal }),
      ).catch((error: unknown) => {
        if (statusOf(error) !== 304) throw error
      })
    })
    this.#stopped = true
  }

  async use(): Promise<SandboxUse> {
    if (this.#stopped) return this.#lastUse ?? { peakMemoryBytes: 0, cpuMs: 0, outOfMemory: false }
    return this.#readUse() ?? (await this.#call('tell its use', () => this.#statistics()))
  }

  async snapshot(): Promise<string> {
    await this.stop()
    const { container, options, owner, snapshotLeaseMs } = this.#parts
    const { image, changes } = await this.#call('keep its files', () =>
      commitSnapshot(container, {
        identity: options.identity,
        owner,
        leaseMs: snapshotLeaseMs,
        pristine: this.#pristine,
        mountPaths: [RUNNER_FOLDER, ...(options.volumes ?? []).map(({ path }) => path)],
      }),
    )
    this.#changes = changes
    return image
  }

  wroteBelow(folder: string): boolean {
    return this.#changes.some(({ Path, Kind }) => Kind !== REMOVED && Path.startsWith(`${folder}/`))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true
    const runner = await this.#runner?.catch(() => null)
    await runner?.[Symbol.asyncDispose]()
    this.#parts.ooms.forget(this.id)
    try {
      await this.#parts.remove()
    } catch (error) {
      // What went before counts for more than this: the reaper removes it once the daemon answers.
      if (!isDaemonAway(error)) throw error
    }
  }

  async #openRunner(): Promise<CommandRunner> {
    const { container, onRunnerUnusable } = this.#parts
    try {
      return await this.#call('open its runner', () => StreamRunner.open(container))
    } catch (error) {
      if (!(error instanceof RunnerUnusable)) throw error
      onRunnerUnusable()
      return new ExecRunner(container)
    }
  }

  /** Docker's word that the container is gone or does not run becomes our failure. */
  async #call<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (error) {
      if (error instanceof Failure) throw error
      if (statusOf(error) === null && !(error instanceof Error && 'code' in error)) throw error
      throw this.#lost(`It could not ${what}: ${refusalOf(error)}`, error)
    }
  }

  /**
   * A command that was killed may have gone down with its container, which Docker notes a moment
   * later than the end of the command.
   *
   * @throws Failure `sandbox.out-of-memory`, `sandbox.lost`.
   */
  async #checkAlive(): Promise<void> {
    const deadline = performance.now() + LATE_END_MS
    for (;;) {
      const { State } = await this.#call('tell its state', () =>
        dockerCall('tell of the container', TIME_LIMITS.readMs, (abortSignal) =>
          this.#parts.container.inspect({ abortSignal }),
        ),
      )
      if (!State.Running) throw State.OOMKilled ? this.#outOfMemory() : this.#lost('It ended.')
      if (performance.now() > deadline) return
      await delay(25)
    }
  }

  #outOfMemory(): Failure {
    const { identity, memoryMb } = this.#parts.options
    const { trial, attempt, role } = identity
    const message = `The ${role}'s sandbox ran out of its ${memoryMb} MB of memory and ended.`
    return new Failure('sandbox.out-of-memory', message, { facts: { trial, attempt, memoryMb } })
  }

  #lost(why: string, cause?: unknown): Failure {
    const { trial, attempt, role } = this.#parts.options.identity
    return new Failure('sandbox.lost', `The ${role}'s sandbox is gone. ${why}`, {
      facts: { trial, attempt, container: this.id },
      cause,
    })
  }

  #oomKills(): number {
    return readCgroup(this.id)?.oomKills ?? this.#parts.ooms.count(this.id)
  }

  async #oomKillsAfter(exitCode: number | null, before: number): Promise<number> {
    const counts = readCgroup(this.id)
    if (counts !== null) return counts.oomKills
    const deadline = performance.now() + (exitCode === 0 ? 0 : OOM_EVENT_MS)
    while (this.#oomKills() === before && performance.now() < deadline) {
      await delay(20)
    }
    return this.#oomKills()
  }

  #readUse(): SandboxUse | null {
    const counts = readCgroup(this.id)
    if (counts === null) return null
    const { peakMemoryBytes, cpuMs, oomKills } = counts
    return { peakMemoryBytes, cpuMs: Math.round(cpuMs), outOfMemory: oomKills > 0 }
  }

  /** From Docker, which takes its time; with cgroup v2 it knows what is in use, not the peak. */
  async #statistics(): Promise<SandboxUse> {
    const statistics = await dockerCall('measure', TIME_LIMITS.readMs, () =>
      this.#parts.container.stats({ stream: false }),
    )
    const { max_usage: peak, usage } = statistics.memory_stats
    return {
      peakMemoryBytes: peak ?? usage ?? 0,
      cpuMs: Math.round((statistics.cpu_stats.cpu_usage.total_usage ?? 0) / 1e6),
      outOfMemory: this.#parts.ooms.count(this.id) > 0,
    }
  }
}
