import { Failure, messageOf } from '../../core/failure.ts'
import type { DockerHost } from '../docker-host.ts'
import type { ImageBuilds } from '../image-builds.ts'
import { type InstalledRunner, installRunner } from './runner-volume.ts'

/** After a build that failed, sandboxes start without the runner for so long. */
const RETRY_MS = 5 * 60_000

/** The runner for each sandbox that starts: built when the first one asks. */
export class RunnerSource {
  readonly #install: () => Promise<InstalledRunner>
  #installed: Promise<InstalledRunner> | null = null
  #problem: unknown = null
  #failedAt = Number.NEGATIVE_INFINITY

  constructor(
    host: Pick<DockerHost, 'docker' | 'inspectImage'>,
    builds: Pick<ImageBuilds, 'ensureBuilt'>,
  ) {
    this.#install = () => installRunner(host, builds)
  }

  /** Why there was none when one was last asked for; null when there is. */
  get problem(): string | null {
    return this.#problem === null ? null : messageOf(this.#problem)
  }

  /** Null when it cannot be built: commands are Docker execs then. */
  async get(): Promise<InstalledRunner | null> {
    if (performance.now() - this.#failedAt < RETRY_MS) return null
    this.#installed ??= this.#install()
    try {
      const installed = await this.#installed
      this.#problem = null
      return installed
    } catch (error) {
      this.#problem = error
      this.#failedAt = performance.now()
      this.#installed = null
      return null
    }
  }

  /** For what cannot do without. @throws Failure `sandbox.start-failed`. */
  async demand(): Promise<InstalledRunner> {
    const installed = await this.get()
    if (installed !== null) return installed
    throw new Failure('sandbox.start-failed', `The relay cannot be made: ${this.problem}`, {
      cause: this.#problem,
    })
  }

  /** It may have been removed from the daemon: the next sandbox looks again. */
  forget(): void {
    this.#installed = null
  }
}
