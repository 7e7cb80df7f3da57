import type { Digest, SweepId, TrialId } from '../../core/ids.ts'
import type { Outcome } from './outcome.ts'

/** An agent and a model with their parameters; `name` is unique in a sweep. */
export interface Contestant {
  readonly name: string
  readonly agent: string
  readonly model: string | null
  /** Draws its results by chance instead of working: marked wherever it is shown. */
  readonly simulated: boolean
}

/** What the farm must know of a task to schedule it; the rest is in its package. */
export interface TaskRef {
  readonly name: string
  /** Digest of the task's content. */
  readonly digest: Digest
  /** Digest of the package (a blob) that holds the content. */
  readonly packageDigest: Digest
  readonly resourceClass: string
  /** From the metadata, for slices of a leaderboard; empty when not given. */
  readonly category: string
  readonly family: string
  readonly agentTimeoutMs: number
  readonly verifierTimeoutMs: number
  readonly buildTimeoutMs: number
}

/** Contestants x tasks x seeds, whole; a sweep is one or more of these, one after another. */
export interface Block {
  readonly contestants: readonly Contestant[]
  readonly tasks: readonly TaskRef[]
  readonly seeds: readonly number[]
}

/** A sweep's plan: a blob, named by its digest, from which every trial can be counted off. */
export interface Manifest {
  readonly sweep: SweepId
  readonly name: string
  readonly suite: { readonly name: string; readonly version: string; readonly digest: Digest }
  readonly blocks: readonly Block[]
  readonly limits: SweepLimits
}

export interface SweepLimits {
  /** Executions of one trial at most; only infrastructure faults make a second one. */
  readonly attempts: number
  /** Open trials at most; null lets the fleet's size decide. */
  readonly concurrency: number | null
  /** Temporal's priority key: 1 first, 5 last. */
  readonly priority: number
  /** Multiplies every task's agent timeout; part of the experiment's identity. */
  readonly timeoutMultiplier: number
}

/** One contestant x task x seed. */
export interface Trial {
  readonly sweep: SweepId
  readonly trial: TrialId
  /** Place in the plan, from 0. */
  readonly index: number
  readonly contestant: Contestant
  readonly task: TaskRef
  readonly seed: number
}

export interface SweepInput {
  readonly sweep: SweepId
  readonly manifest: Digest
  /** Trials in the manifest. */
  readonly planned: number
  readonly limits: SweepLimits
  /** Set when a long sweep's workflow goes on in a new run. */
  readonly carried?: SweepCarried
}

export interface SweepCarried {
  /** Trials from here on have not been handed to a shard. */
  readonly nextIndex: number
  readonly nextShard: number
  readonly counts: OutcomeCounts
  readonly paused: boolean
  readonly startedAt: string
}

export type OutcomeCounts = Readonly<Record<Outcome, number>>

export const NO_OUTCOMES: OutcomeCounts = {
  scored: 0,
  'agent-timeout': 0,
  'agent-error': 0,
  budget: 0,
  'infra-failed': 0,
  ungraded: 0,
  cancelled: 0,
}

export type SweepStatus = 'running' | 'paused' | 'cancelling' | 'cancelled' | 'finished'

/** Answer of the query `progress`; per-trial facts are in ClickHouse. */
export interface SweepProgress {
  readonly sweep: SweepId
  readonly status: SweepStatus
  readonly planned: number
  /** Handed to shards that have started. */
  readonly admitted: number
  /** Trials that may be open at once now. */
  readonly window: number
  readonly openShards: number
  /** Of shards that have ended. */
  readonly counts: OutcomeCounts
}

export interface ShardInput {
  readonly sweep: SweepId
  readonly manifest: Digest
  readonly shard: number
  /** Plan indices [from, to). */
  readonly from: number
  readonly to: number
  readonly window: number
  readonly limits: SweepLimits
}

export interface ShardOutput {
  readonly counts: OutcomeCounts
}

export interface TrialInput {
  readonly trial: Trial
  readonly limits: SweepLimits
  /** The shard to tell when the result waits for storage. */
  readonly shard: string
}

export interface TrialOutput {
  readonly outcome: Outcome
}

export interface ExtendInput {
  readonly manifest: Digest
  readonly planned: number
}

/** Trials of one shard workflow. */
export const SHARD_SIZE = 200
