import type { DockerHost } from '../sandbox/docker-host.ts'

interface Discarded {
  readonly trial: string
  readonly attempt: number
}

/** Snapshots that nobody will grade, if there are any: of attempts that failed on this node. */
export class DiscardedSnapshots {
  readonly #discarded = new Map<string, Discarded>()

  add(trial: string, attempt: number): void {
    this.#discarded.set(`${trial}:${attempt}`, { trial, attempt })
  }

  /** What cannot be removed stays for the next time. */
  async remove(host: Pick<DockerHost, 'removeSnapshotsOf'>): Promise<void> {
    for (const [key, { trial, attempt }] of this.#discarded) {
      await host.removeSnapshotsOf(trial, attempt)
      this.#discarded.delete(key)
    }
  }
}
