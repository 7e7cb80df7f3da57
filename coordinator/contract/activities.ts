import type { Digest, SweepId, TrialId } from '../../core/ids.ts'
import type { AgentOutcome, Outcome, PhaseTimes, ResourceUse, Verdict } from './outcome.ts'
import type { EarlyStop, LookInput, LookOutput } from './stopping.ts'
import type { SweepLimits, SweepStatus, Trial } from './sweep.ts'

/** Done by the coordinator's own process, next to the workflows. */
export interface CoordinatorActivities {
  /** The trials of plan indices [from, to). @throws Failure `blob.not-found`. */
  planShard(input: { manifest: Digest; from: number; to: number }): Promise<readonly Trial[]>
  /** Trials that the nodes now known can hold at once. */
  countFleetSlots(): Promise<number>
}

export interface RunTrialInput {
  readonly trial: Trial
  readonly attempt: number
  readonly timeoutMultiplier: number
  /** What the attempt and its sweep may spend on models, and who answers in their place. */
  readonly models: Pick<SweepLimits, 'budgetMicros' | 'perTrial' | 'replay'>
}

/** What an attempt asked of models, all calls together. */
export interface AttemptUsage {
  readonly calls: number
  /** Cached ones included. */
  readonly inputTokens: number
  /** Part of `inputTokens`. */
  readonly cachedInputTokens: number
  /** Reasoning included. */
  readonly outputTokens: number
  /** Part of `outputTokens`; 0 where providers do not tell. */
  readonly reasoningTokens: number
  /** Millionths of a US dollar; null as soon as the cost of one call is unknown. */
  readonly costMicros: number | null
  /** Milliseconds in which at least one call was being answered. */
  readonly modelMs: number
  /** Milliseconds that calls waited for a turn at the provider: not the agent's time. */
  readonly waitedMs: number
}

/** Where an attempt's final state is kept until it is graded and released. */
export interface Snapshot {
  readonly node: string
  /** Image id in the node's Docker daemon. */
  readonly image: string
  /** The image the sandbox was started from. */
  readonly baseImage: string
}

/** Files of one attempt that are kept, as `encodeArtifacts` packs them. */
export interface KeptArtifacts {
  /** Of the package, which the coordinator holds among the artifacts of the sweep. */
  readonly digest: Digest
  readonly files: number
  /** Of the files' contents. */
  readonly bytes: number
}

export interface RunTrialOutput {
  readonly node: string
  readonly boot: string
  readonly agentOutcome: AgentOutcome
  /** Why the agent did not end well, at most 500 characters; empty otherwise. */
  readonly detail: string
  readonly snapshot: Snapshot
  /** Events spooled: `seq` runs from 0 to this number less one. */
  readonly events: number
  readonly phases: PhaseTimes
  readonly resources: ResourceUse
  /** Null for an agent that needs no model. */
  readonly usage: AttemptUsage | null
  /** What the agent left for people to see; absent when there is nothing. */
  readonly artifacts?: KeptArtifacts
  /** ISO 8601, the node's clock. */
  readonly startedAt: string
  readonly finishedAt: string
}

export interface GradeTrialInput {
  readonly trial: Trial
  readonly attempt: number
  readonly snapshot: Snapshot
  /** What is kept of the agent already, in bytes: the verifier gets the rest of the room. */
  readonly artifactBytes: number
}

export interface GradeTrialOutput {
  readonly verdict: Verdict
  readonly gradeMs: number
  /** What the verifier left; absent when there is nothing. */
  readonly artifacts?: KeptArtifacts
}

export interface ReleaseAttemptInput {
  readonly trial: Trial
  readonly attempt: number
  readonly snapshot: Snapshot
}

/** Done by worker nodes on `run.<class>`. */
export interface RunActivities {
  runTrial(input: RunTrialInput): Promise<RunTrialOutput>
}

/** Done by one node, on its own queue, because it holds the attempt's snapshot. */
export interface NodeActivities {
  /**
   * Grades, then removes the snapshot.
   *
   * @throws Failure `verifier.failed` when there is no verdict, whoever's fault: the snapshot stays.
   *   Its facts are then {@link KeptArtifacts}, if the verifier left something.
   * @throws Failure `snapshot.lost` when the node no longer has it.
   */
  gradeTrial(input: GradeTrialInput): Promise<GradeTrialOutput>
  /** Removes the attempt's snapshot; nothing happens when it is gone. */
  releaseAttempt(input: ReleaseAttemptInput): Promise<void>
}

export interface CheckModelInput {
  /** `provider/name`. */
  readonly model: string
}

/** One short call of a model, through the node's gateway and with the node's key. */
export interface CheckedModel {
  readonly model: string
  /** As the answer says; null when it does not. */
  readonly modelAnswered: string | null
  /** From the request to the first byte of the answer, and to its last. */
  readonly firstByteMs: number | null
  readonly answerMs: number
  readonly inputTokens: number | null
  readonly outputTokens: number | null
  readonly costMicros: number | null
}

export interface BuildAgentInput {
  readonly agent: string
}

/** An agent's installation as a node has it. */
export interface BuiltAgent {
  readonly agent: string
  /** Null for an agent that is part of the program and needs no installation. */
  readonly version: string | null
  /** Image that holds the installation; null when there is none. */
  readonly image: string | null
  /** It was there already. */
  readonly present: boolean
  readonly buildMs: number
}

/** Done by one node, on its own queue, when a person asks it to. */
export interface ErrandActivities {
  /**
   * @throws Failure `model.not-found`, `model.key-missing`, `model.key-refused`,
   * `model.provider-failed`.
   */
  checkModel(input: CheckModelInput): Promise<CheckedModel>
  /** Heartbeats while it builds. @throws Failure `agent.not-found`, `agent.install-failed`. */
  buildAgent(input: BuildAgentInput): Promise<BuiltAgent>
}

/** What one node is asked to do; the answer is what the activity returns. */
export type Errand =
  | { readonly kind: 'check-model'; readonly model: string }
  | { readonly kind: 'build-agent'; readonly agent: string }

/** Input of the workflow `onNode`. */
export interface OnNodeInput {
  readonly node: string
  readonly errand: Errand
  /** What the node may take to begin before it counts as lost; half a minute by default. */
  readonly patienceMs?: number
}

export type OnNodeOutput = CheckedModel | BuiltAgent

/** One execution of a trial as it is stored, whether or not it led to the result. */
export interface AttemptRecord {
  readonly attempt: number
  readonly node: string
  /** `complete`, or the failure code that ended it. */
  readonly end: string
  readonly detail: string
  /** Events of a complete attempt; 0 for one that was lost. */
  readonly events: number
  readonly phases: PhaseTimes
  readonly resources: ResourceUse | null
  /** Null for an agent that needs no model, and for an attempt that was lost. */
  readonly usage: AttemptUsage | null
  /** Packages of its agent and its verifier; no path is in both. */
  readonly artifacts: readonly KeptArtifacts[]
  readonly image: string
  readonly startedAt: string
  readonly finishedAt: string
}

export interface PersistResultInput {
  readonly trial: Trial
  readonly outcome: Outcome
  readonly detail: string
  readonly attempts: readonly AttemptRecord[]
  /** The attempt that the result comes from; 0 when none counted. */
  readonly attempt: number
  readonly verdict: Verdict | null
  /** ISO 8601, the coordinator's clock. */
  readonly finishedAt: string
}

export interface PersistResultsInput {
  readonly results: readonly PersistResultInput[]
  /** A shard has no others: all it waits for are these. */
  readonly last?: boolean
}

export interface PersistResultsOutput {
  /** Not stored: their trajectories are not whole yet, or the database, though there, refuses them. */
  readonly late: readonly TrialId[]
}

export interface RecordSweepInput {
  readonly sweep: SweepId
  readonly manifest: Digest
  readonly status: SweepStatus
  /** Grows with every change of the sweep: the highest is what counts. */
  readonly version: number
  readonly planned: number
  readonly startedAt: string
  /** Empty while it runs. */
  readonly finishedAt: string
  readonly stopped?: EarlyStop
}

/** Done by the sink's process, which alone writes to ClickHouse. */
export interface SinkActivities {
  recordSweep(input: RecordSweepInput): Promise<void>
  recordTrials(input: { trials: readonly Trial[] }): Promise<void>
  /**
   * Waits until ClickHouse holds every event of the attempt that counts, then writes the result.
   * Done twice, it changes nothing.
   */
  persistResult(input: PersistResultInput): Promise<void>
  /** The same for many, but it waits seconds and says which it has left. */
  persistResults(input: PersistResultsInput): Promise<PersistResultsOutput>
  /**
   * Judges by the sweep's rule what its rounds show so far, stores it, and says whether to stop. Of
   * one round it is asked any number of times and answers the same: what is stored stands.
   */
  lookAtRound(input: LookInput): Promise<LookOutput>
}
