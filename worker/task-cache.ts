import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { TaskRef } from '../coordinator/contract/sweep.ts'
import type { BlobStore } from '../core/blobs.ts'
import { Failure } from '../core/failure.ts'
import { loadTask } from '../tasks/load-task.ts'
import { unpackTask } from '../tasks/package-task.ts'
import type { Task } from '../tasks/task.ts'

/** Tasks by content on this node: fetched once, however many trials ask at the same time. */
export class TaskCache {
  readonly #folder: string
  readonly #blobs: BlobStore
  readonly #environment: Readonly<Record<string, string | undefined>>
  readonly #tasks = new Map<string, Promise<Task>>()

  /** @param environment where `${VAR}` in a task's env values is looked up. */
  constructor(
    folder: string,
    blobs: BlobStore,
    environment: Readonly<Record<string, string | undefined>>,
  ) {
    this.#folder = folder
    this.#blobs = blobs
    this.#environment = environment
  }

  /** @throws Failure `task.invalid` when the package does not hold the task that was planned. */
  task(ref: TaskRef): Promise<Task> {
    const known = this.#tasks.get(ref.packageDigest)
    if (known !== undefined) return known
    const loading = this.#load(ref).catch((error: unknown) => {
      this.#tasks.delete(ref.packageDigest)
      throw error
    })
    this.#tasks.set(ref.packageDigest, loading)
    return loading
  }

  async #load({ name, digest, packageDigest }: TaskRef): Promise<Task> {
    const folder = join(this.#folder, packageDigest.replace('sha256:', ''))
    if (!(await exists(folder))) await this.#fetch(packageDigest, folder)
    const task = await loadTask(folder, { hostEnvironment: this.#environment })
    if (task.digest !== digest) {
      await rm(folder, { recursive: true, force: true })
      throw new Failure(
        'task.invalid',
        `The package of task ${name} holds ${task.digest}, but ${digest} was planned.`,
        { facts: { task: name } },
      )
    }
    return { ...task, name }
  }

  async #fetch(packageDigest: TaskRef['packageDigest'], folder: string): Promise<void> {
    const draft = `${folder}.${process.pid}.new`
    await mkdir(this.#folder, { recursive: true })
    await rm(draft, { recursive: true, force: true })
    await unpackTask(await this.#blobs.get(packageDigest), draft)
    await rename(draft, folder).catch(async (error: unknown) => {
      await rm(draft, { recursive: true, force: true })
      if (!(await exists(folder))) throw error
    })
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )
