import type { Readable } from 'node:stream'
import type { AgentOutcome } from '../../coordinator/contract/outcome.ts'
import type { Trial } from '../../coordinator/contract/sweep.ts'
import type { EventKind } from '../../core/trajectory.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import type { Task } from '../../tasks/task.ts'

/** An event before the recorder has numbered and dated it. */
export interface NewEvent {
  readonly kind: EventKind
  readonly turn?: number
  readonly tool?: string
  readonly body?: string
  readonly meta?: Readonly<Record<string, string | number | boolean>>
}

/** What an agent has to work with. */
export interface AgentRun {
  readonly trial: Trial
  readonly task: Task
  readonly sandbox: Sandbox
  /** Milliseconds until the trial is cut; also the limit of anything the agent starts. */
  readonly timeoutMs: number
  /** Aborted when the trial is cancelled or its time is over. */
  readonly signal: AbortSignal
}

/** How the agent stopped, by its own doing. */
export interface AgentEnd {
  readonly outcome: AgentOutcome
  /** Why it did not end well; empty otherwise. */
  readonly detail: string
}

/** What an agent may know of a trial before there is a sandbox. */
export type AgentPlan = Pick<AgentRun, 'trial' | 'task'>

/**
 * What acts in a trial. Yields events until it stops; throws a Failure only for faults that are
 * not its own, since those make a new attempt.
 */
export interface Agent {
  /**
   * A tar that is unpacked at `/` before the sandbox starts, which costs less than doing so later;
   * null for none.
   *
   * @throws Failure `task.invalid` when the task lacks what the agent needs.
   */
  files(plan: AgentPlan): Promise<Readable | null>
  run(run: AgentRun): AsyncGenerator<NewEvent, AgentEnd>
}
