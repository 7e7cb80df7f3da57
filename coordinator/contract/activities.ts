import type { Digest, SweepId } from '../../core/ids.ts'
import type { AgentOutcome, Outcome, PhaseTimes, ResourceUse, Verdict } from './outcome.ts'
import type { SweepStatus, Trial } from './sweep.ts'

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
}

/** Where an attempt's final state is kept until it is graded and released. */
export interface Snapshot {
  readonly node: string
  /** Image id in the node's Docker daemon. */
  readonly image: string
  /** The image the sandbox was started from. */
  readonly baseImage: string
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
  /** ISO 8601, the node's clock. */
  readonly startedAt: string
  readonly finishedAt: string
}

export interface GradeTrialInput {
  readonly trial: Trial
  readonly attempt: number
  readonly snapshot: Snapshot
}

export interface GradeTrialOutput {
  readonly verdict: Verdict
  readonly gradeMs: number
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
   * @throws Failure `snapshot.lost` when the node no longer has it.
   */
  gradeTrial(input: GradeTrialInput): Promise<GradeTrialOutput>
  /** Removes the attempt's snapshot; nothing happens when it is gone. */
  releaseAttempt(input: ReleaseAttemptInput): Promise<void>
}

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
}
