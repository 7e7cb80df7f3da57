import type { Contestant, PerTrialLimits } from '../../coordinator/contract/sweep.ts'
import type { FailureCode } from '../../core/failure.ts'
import type { TrialId } from '../../core/ids.ts'
import type { DialectName, ModelCall, TokenUsage } from '../../core/model-call.ts'
import type { RecordedEvent } from '../../core/model-recording.ts'
import type { EventRecorder } from '../trajectory/recorder.ts'

/** Whose calls they are, and what they may cost. */
export interface AccessOptions {
  readonly sweep: string
  readonly trial: TrialId
  readonly attempt: number
  readonly task: string
  readonly seed: number
  readonly contestant: Contestant
  readonly limits: PerTrialLimits
  /** Null when the sweep has no budget of its own. */
  readonly sweepBudgetMicros: number | null
  /** What an earlier process of this attempt has spent already. */
  readonly spent: Spend
  /** Where its calls are put on record, before their answers have ended for the agent. */
  readonly recorder: EventRecorder<RecordedEvent>
  /** The task's folder on this node: where a scripted engineer finds its plan. */
  readonly taskDir: string
  /** Recorded calls whose answers stand in for the model; it is not asked then. */
  readonly recording?: readonly ModelCall[] | null
}

export interface Spend extends TokenUsage {
  readonly calls: number
  /** Null as soon as the cost of one call is unknown. */
  readonly costMicros: number | null
  /** Milliseconds in which at least one call was being answered. */
  readonly modelMs: number
  /** Milliseconds that calls waited for a turn (paced, or backing off): not the agent's time. */
  readonly waitedMs: number
}

/** A key for one attempt: good from lease to release, for its models, calls and budget only. */
export interface TrialAccess extends AsyncDisposable {
  /** Begins with `sbench-`; the same for the same attempt on the same node, so that a new process of the worker knows it again. */
  readonly key: string
  /** The name by which agents call the contestant's model: `provider/name` without the provider. */
  readonly model: string
  /** How the provider itself is spoken to; an agent of another dialect is translated for. */
  readonly dialects: readonly DialectName[]
  /** Base URL for clients on this machine, without a path: `http://127.0.0.1:4100`. */
  readonly url: string
  spend(): Spend
  /** Why the trial can get no more answers; null while it can. */
  readonly ended: AccessEnd | null
  /** Aborted when `ended` is set. */
  readonly signal: AbortSignal
}

export interface AccessEnd {
  /** `budget` is the agent's own doing; `provider` is a fault of the infrastructure. */
  readonly kind: 'budget' | 'provider'
  /** Of `provider` alone: the failure with which the attempt ends; `model.provider-failed` when it is absent. */
  readonly code?: FailureCode
  readonly message: string
}
