import type { Readable } from 'node:stream'
import type { AgentOutcome } from '../../coordinator/contract/outcome.ts'
import type { Trial } from '../../coordinator/contract/sweep.ts'
import type { EventKind } from '../../core/trajectory.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import type { Task } from '../../tasks/task.ts'
import type { TrialAccess } from '../gateway/trial-access.ts'

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
  /** The way to the contestant's model; null for agents that need none. */
  readonly access: TrialAccess | null
  /** Where the model gateway answers inside of the sandbox, without a path; null when the agent did not ask for it. */
  readonly gatewayUrl: string | null
  /** The task's MCP servers, running and healthy. */
  readonly mcp: readonly McpEndpoint[]
  readonly checkpoint: Checkpoint
}

/** One MCP server of the task, spoken to through the gateway, which records every call. */
export interface McpEndpoint {
  readonly name: string
  /** Streamable HTTP, for clients on this machine and inside of the sandbox. */
  readonly url: string
  readonly insideUrl: string | null
  /** Sent with every request. */
  readonly headers: Readonly<Record<string, string>>
}

/**
 * What an agent leaves for the process that goes on with it when this one dies: a log of plain JSON
 * that only grows, so that saving a turn costs what the turn is long.
 */
export interface Checkpoint {
  /** What was saved last, by this process or an earlier one; null for a new attempt. */
  load(): Promise<unknown>
  /** All that was saved, oldest first; what a crash cut off is not among it. */
  entries(): Promise<readonly unknown[]>
  /** Adds to the log; durable once it resolves. One call at a time. */
  save(state: unknown): Promise<void>
}

/** What an agent's sandbox must have. */
export interface AgentNeeds {
  /** It starts its commands through the runner. */
  readonly runner: boolean
  /** The model gateway on the sandbox's own loopback. */
  readonly gatewayInside: boolean
  /** An installation to mount read-only, or null. */
  readonly installation: InstallationSource | null
}

/** What is installed once per node and mounted into each sandbox that wants it. */
export interface InstallationSource {
  readonly name: string
  /** Folder with a Dockerfile whose image has everything at {@link mountPath}. */
  readonly folder: string
  /** Absolute. */
  readonly mountPath: string
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
  readonly needs: AgentNeeds
  /** Whether a new process of the worker can go on with it, from its checkpoint and its sandbox. */
  readonly resumable: boolean
  run(run: AgentRun): AsyncGenerator<NewEvent, AgentEnd>
}
