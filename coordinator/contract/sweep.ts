import type { Digest, SweepId, TrialId } from '../../core/ids.ts'
import type { ModelFacts } from '../../models/model.ts'
import type { Outcome } from './outcome.ts'
import type { EarlyStop, StopRule } from './stopping.ts'

/** An agent and a model with their parameters; `name` is unique in a sweep. */
export interface Contestant {
  readonly name: string
  readonly agent: string
  /** Of an agent that is installed; null for those that are part of this version. */
  readonly agentVersion: string | null
  /** `provider/name`; null for an agent that needs none. */
  readonly model: string | null
  /** Of the model when the sweep was planned, so that every node counts the same cost. */
  readonly modelFacts: ModelFacts | null
  readonly parameters: ContestantParameters
  /** Draws its results by chance instead of working: marked wherever it is shown. */
  readonly simulated: boolean
}

/** A contestant that needs no model and has no parameters. */
export function bareContestant(
  agent: string,
  { name = agent, simulated = false }: { name?: string; simulated?: boolean } = {},
): Contestant {
  const nothing = { agentVersion: null, model: null, modelFacts: null, parameters: {} }
  return { name, agent, ...nothing, simulated }
}

/** What is asked of agent and model beyond their names; absent is their own default. */
export interface ContestantParameters {
  readonly temperature?: number
  readonly reasoningEffort?: 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh'
  readonly maxOutputTokens?: number
  /** Turns of the agent at most. */
  readonly maxTurns?: number
  /** What the agent `command` runs; `{instruction}` is a file with the instruction. */
  readonly command?: string
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
  /** Absent: all of the plan is run. */
  readonly stop?: StopRule
  /** New with each extension: two people who add a seed to the same plan make two plans of it. */
  readonly extension?: string
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
  /** Millionths of a US dollar that the sweep may spend on models; null is unlimited. */
  readonly budgetMicros: number | null
  /** Of each attempt; null is unlimited. */
  readonly perTrial: PerTrialLimits
  /** Recorded answers that stand in for the models; null to ask the models. */
  readonly replay: ReplaySource | null
}

export interface ReplaySource {
  /** The sweep whose trials were recorded. */
  readonly of: SweepId
  /**
   * Blob: a JSON object from the id of each of its trials to the digest of that trial's recording,
   * which is NDJSON of its `model-call` and `model-part` events.
   */
  readonly recordings: Digest
}

export const NO_TRIAL_LIMITS: PerTrialLimits = {
  costMicros: null,
  tokens: null,
  calls: null,
  modelTimeMs: null,
}

/** What holds where a sweep says nothing else. */
export const DEFAULT_LIMITS: SweepLimits = {
  attempts: 3,
  concurrency: null,
  priority: 3,
  timeoutMultiplier: 1,
  budgetMicros: null,
  perTrial: NO_TRIAL_LIMITS,
  replay: null,
}

export interface PerTrialLimits {
  readonly costMicros: number | null
  readonly tokens: number | null
  readonly calls: number | null
  readonly modelTimeMs: number | null
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
  /** Trials of one round of a sweep that may stop early; absent for one that may not. */
  readonly roundSize?: number
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
  /** Its rule has said stop; what follows was asked for after that, and is run whole. */
  readonly stopped?: EarlyStop
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

/** `stopped`: early, by its own rule. That is as good an end as `finished`. */
export type SweepStatus = 'running' | 'paused' | 'cancelling' | 'cancelled' | 'stopped' | 'finished'

/** The plan is done: extending the sweep starts its workflow again. */
export const isDone = (status: SweepStatus): boolean =>
  status === 'finished' || status === 'stopped'

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
  /** Trials of one round of a sweep that may stop early; absent for one that may not. */
  readonly roundSize?: number
  /** Since its rule has said stop, also when it was extended later. */
  readonly stopped?: EarlyStop
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

/** Of trials that begin now. */
export const TRIAL_REVISION = 4

export interface TrialInput {
  readonly trial: Trial
  readonly limits: SweepLimits
  /** The shard to tell when the result waits for storage, before revision 4. */
  readonly shard: string
  /**
   * How the trial goes about it, so that one that began before a change goes on as it began. 1 when
   * absent; from 2 on activities are called after their attempts, and cancelled when their node is
   * lost; from 3 on no timer runs while a result is stored; from 4 on the shard stores it.
   */
  readonly revision?: number
}

export interface ExtendInput {
  /** The plan that this one was made from: refused when the sweep follows another by now. */
  readonly base: Digest
  readonly manifest: Digest
  readonly planned: number
}

/** Trials of one shard workflow. */
export const SHARD_SIZE = 200
