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
import type { EarlyStop, LookInput, LookOutput } from '../contract/stopping.ts'
import {
  type ExtendInput,
  NO_OUTCOMES,
  type OutcomeCounts,
  type SweepCarried,
  type SweepInput,
  type SweepLimits,
} from '../contract/sweep.ts'
import { fleetWindow, shardWindow } from './next-step.ts'
import { shardEnd, wholeRounds } from './rounds.ts'
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
  /** Since its rule has said stop; an extension after that is run whole. */
  stopped: EarlyStop | null
  readonly #sweep: SweepInput['sweep']
  readonly #roundSize: number | null
  readonly #open = new Map<number, OpenShard>()
  #nextShard: number
  #slots = 0
  #roundsLookedAt: number
  #looking: CancellationScope | null = null

  constructor({ sweep, manifest, planned, limits, roundSize, carried }: SweepInput) {
    this.#sweep = sweep
    this.manifest = manifest
    this.planned = planned
    this.limits = limits
    this.nextIndex = carried?.nextIndex ?? 0
    this.#nextShard = carried?.nextShard ?? 0
    this.counts = carried?.counts ?? NO_OUTCOMES
    this.paused = carried?.paused ?? false
    this.stopped = carried?.stopped ?? null
    this.#roundSize = roundSize ?? null
    this.#roundsLookedAt = this.#wholeRounds()
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
    const free = !this.paused && !this.cancelled && !this.isExhausted() && !admitting
    return free && !this.#awaitsLook()
  }

  /** A round has ended that nobody has looked at. */
  lookIsDue(): boolean {
    return this.#awaitsLook() && this.#open.size === 0 && !this.cancelled
  }

  /** No trial is open, and all that have been admitted are whole rounds. */
  isBetweenRounds(): boolean {
    const size = this.#roundSize
    return size !== null && this.#open.size === 0 && this.nextIndex % size === 0
  }

  /** Trials were left out of the plan, and none have been planned since. */
  isStoppedEarly(): boolean {
    const { stopped } = this
    const isCut = stopped !== null && stopped.leftOut > 0 && stopped.round === this.#wholeRounds()
    return isCut && this.isExhausted()
  }

  /** Asks what the rounds so far show and keeps to the answer; cancelling the sweep ends it. */
  async look(ask: (input: LookInput) => Promise<LookOutput>): Promise<void> {
    const { manifest } = this
    const round = this.#wholeRounds()
    const scope = new CancellationScope()
    this.#looking = scope
    try {
      const { stop } = await scope.run(() => ask({ sweep: this.#sweep, manifest, round }))
      this.#roundsLookedAt = round
      const leftOut = this.planned - this.nextIndex
      if (stop === null) return
      this.stopped = { round, reason: stop.reason, leftOut }
      this.manifest = stop.manifest
      this.planned = this.nextIndex
    } catch (error) {
      if (!isCancellation(error) || !this.cancelled) throw error
    } finally {
      this.#looking = null
    }
  }

  #awaitsLook(): boolean {
    return this.stopped === null && this.#wholeRounds() > this.#roundsLookedAt
  }

  #wholeRounds(): number {
    return this.#roundSize === null ? 0 : wholeRounds(this.nextIndex, this.#roundSize)
  }

  startShard(): void {
    const number = this.#nextShard
    const from = this.nextIndex
    const to = shardEnd(from, { planned: this.planned, roundSize: this.#roundSize })
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
    this.#looking?.cancel()
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
    const { nextIndex, counts, paused, stopped } = this
    const carried = { nextIndex, nextShard: this.#nextShard, counts, paused }
    return stopped === null ? carried : { ...carried, stopped }
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
