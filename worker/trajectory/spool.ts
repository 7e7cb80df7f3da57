import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { TrialId } from '../../core/ids.ts'
import type { Chunk } from '../../core/trajectory.ts'
import { Semaphore } from '../../sandbox/semaphore.ts'
import { eventsIn, readSpool, SpoolFile, type SpoolFileOptions } from './spool-file.ts'

/** One attempt's spool, as far as this process knows it. */
export interface SpooledAttempt {
  readonly trial: TrialId
  readonly attempt: number
  readonly path: string
  /** Written by this process, which ships its chunks as they come. */
  readonly isOwn: boolean
  /** Events in it once it takes no more; null while it is written. */
  events: number | null
}

/** A spool to be written further, and what is in it already. */
export interface ReopenedSpool {
  readonly spooled: SpooledAttempt
  readonly file: SpoolFile
  readonly chunks: readonly Chunk[]
}

/** 1 GiB: two orders above a long trajectory. */
const ATTEMPT_LIMIT_BYTES = 1024 ** 3
/** A file system puts what is synced side by side into one commit, but each holds a thread of four. */
const SYNCS_AT_ONCE = 2

/** The folder of a node's spools: `<trial>.<attempt>.spool`, one for each attempt. */
export class Spool {
  readonly #folder: string
  readonly #files: SpoolFileOptions
  readonly attempts = new Map<string, SpooledAttempt>()

  private constructor(folder: string, limitBytes: number) {
    this.#folder = folder
    this.#files = { limitBytes, disk: new Semaphore(SYNCS_AT_ONCE) }
  }

  /** Opens the folder; what earlier processes left in it counts as finished. */
  static async open(folder: string, limitBytes = ATTEMPT_LIMIT_BYTES): Promise<Spool> {
    await mkdir(folder, { recursive: true })
    const spool = new Spool(folder, limitBytes)
    for (const name of await readdir(folder)) {
      const [, trial, attempt] = /^([0-9a-f]{32})\.(\d+)\.spool$/.exec(name) ?? []
      if (trial === undefined || attempt === undefined) continue
      const path = join(folder, name)
      const entry = { trial: trial as TrialId, attempt: Number(attempt), path, isOwn: false }
      spool.attempts.set(path, { ...entry, events: eventsIn(await readSpool(path)) })
    }
    return spool
  }

  /** Starts the spool of an attempt. @throws EEXIST when the attempt was spooled before. */
  async create(trial: TrialId, attempt: number): Promise<[SpooledAttempt, SpoolFile]> {
    const path = this.#pathOf(trial, attempt)
    const file = await SpoolFile.create(path, this.#files)
    const entry = { trial, attempt, path, isOwn: true, events: null }
    this.attempts.set(path, entry)
    return [entry, file]
  }

  /**
   * Goes on with the spool of an attempt that an earlier process began.
   *
   * @returns null when there is none.
   */
  async reopen(trial: TrialId, attempt: number): Promise<ReopenedSpool | null> {
    const path = this.#pathOf(trial, attempt)
    if (!this.attempts.has(path)) return null
    const [file, chunks] = await SpoolFile.reopen(path, this.#files)
    const spooled = { trial, attempt, path, isOwn: false, events: null }
    this.attempts.set(path, spooled)
    return { spooled, file, chunks }
  }

  chunks({ path }: SpooledAttempt): Promise<Chunk[]> {
    return readSpool(path)
  }

  #pathOf(trial: TrialId, attempt: number): string {
    return join(this.#folder, `${trial}.${attempt}.spool`)
  }

  /** Only for what ClickHouse holds. */
  async remove({ path }: SpooledAttempt): Promise<void> {
    await rm(path, { force: true })
    this.attempts.delete(path)
  }
}
