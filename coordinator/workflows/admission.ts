import {
  CancellationScope,
  ChildWorkflowCancellationType,
  type ChildWorkflowHandle,
  isCancellation,
  ParentClosePolicy,
  startChild,
} from '@temporalio/workflow'
import type { Digest } from '../../core/ids.ts'
import { shardWorkflowId } from '../contract/queues.ts'
import {
  type ExtendInput,
  NO_OUTCOMES,
  type OutcomeCounts,
  SHARD_SIZE,
  type SweepCarried,
  type SweepInput,
  type SweepLimits,
} from '../contract/sweep.ts'
import { fleetWindow, shardWindow } from './next-step.ts'
import { addOutcomes, setWindowSignal, shard } from './shard.ts'

interface OpenShard {
  readonly number: number
  readonly scope: CancellationScope
  /** Every trial of it has been started. */
  admitted: boolean
  window: number
  handle: ChildWorkflowHandle<typeof shard> | null
}

/** Which part of a sweep's plan is being worked on, and how much of it at once. */
export class Admission {
  manifest: Digest
  planned: number
  limits: SweepLimits
  nextIndex: number
  counts: OutcomeCounts
  paused: boolean
  cancelled = false
  readonly #sweep: SweepInput['sweep']
  readonly #open = new Map<number, OpenShard>()
  #nextShard: number
  #slots = 0

  constructor({ sweep, manifest, planned, limits, carried }: SweepInput) {
    this.#sweep = sweep
    this.manifest = manifest
    this.planned = planned
    this.limits = limits
    this.nextIndex = carried?.nextIndex ?? 0
    this.#nextShard = carried?.nextShard ?? 0
    this.counts = carried?.counts ?? NO_OUTCOMES
    this.paused = carried?.paused ?? false
  }

  get window(): number {
    return this.paused || this.cancelled ? 0 : fleetWindow(this.#slots, this.limits.concurrency)
  }

  get openShards(): number {
    return this.#open.size
  }

  isExhausted(): boolean {
    return this.nextIndex >= this.planned
  }

  canStartShard(): boolean {
    const admitting = [...this.#open.values()].some(({ admitted }) => !admitted)
    return !this.paused && !this.cancelled && !this.isExhausted() && !admitting
  }

  startShard(): void {
    const number = this.#nextShard
    const from = this.nextIndex
    const to = Math.min(from + SHARD_SIZE, this.planned)
    const window = shardWindow(this.window, this.#open.size)
    const scope = new CancellationScope()
    const entry: OpenShard = { number, scope, admitted: false, window, handle: null }
    this.#nextShard += 1
    this.nextIndex = to
    this.#open.set(number, entry)
    void scope.run(() => this.#run(entry, from, to))
  }

  async #run(entry: OpenShard, from: number, to: number): Promise<void> {
    const { number, window } = entry
    const { manifest, limits } = this
    try {
      entry.handle = await startChild(shard, {
        workflowId: shardWorkflowId(this.#sweep, number),
        args: [{ sweep: this.#sweep, manifest, shard: number, from, to, window, limits }],
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
      })
      this.#spreadWindow()
      const { counts } = await entry.handle.result()
      this.counts = addOutcomes(this.counts, counts)
    } catch (error) {
      if (!isCancellation(error)) throw error
    } finally {
      this.#open.delete(number)
      this.#spreadWindow()
    }
  }

  fleetChanged(slots: number): void {
    this.#slots = slots
    this.#spreadWindow()
  }

  shardAdmitted(number: number): void {
    const entry = this.#open.get(number)
    if (entry !== undefined) entry.admitted = true
  }

  pause(): boolean {
    const changed = !this.paused
    this.paused = true
    this.#spreadWindow()
    return changed
  }

  resume(): boolean {
    const changed = this.paused
    this.paused = false
    this.#spreadWindow()
    return changed
  }

  cancel(): boolean {
    const changed = !this.cancelled
    this.cancelled = true
    for (const { scope } of this.#open.values()) scope.cancel()
    return changed
  }

  setConcurrency(concurrency: number | null): boolean {
    const changed = this.limits.concurrency !== concurrency
    this.limits = { ...this.limits, concurrency }
    this.#spreadWindow()
    return changed
  }

  extend({ manifest, planned }: ExtendInput): boolean {
    const changed = manifest !== this.manifest
    this.manifest = manifest
    this.planned = planned
    return changed
  }

  carry(): Omit<SweepCarried, 'startedAt'> {
    const { nextIndex, counts, paused } = this
    return { nextIndex, nextShard: this.#nextShard, counts, paused }
  }

  /** Tells the admitting shard what it may have open now. */
  #spreadWindow(): void {
    for (const entry of this.#open.values()) {
      const older = [...this.#open.keys()].filter((number) => number < entry.number).length
      const window = this.window === 0 ? 0 : shardWindow(this.window, older)
      if (entry.admitted || entry.handle === null || entry.window === window) continue
      entry.window = window
      void entry.scope.run(() => this.#tell(entry, window))
    }
  }

  async #tell({ handle }: OpenShard, window: number): Promise<void> {
    try {
      await handle?.signal(setWindowSignal, window)
    } catch {
      // A shard that has just ended needs no window.
    }
  }
}
