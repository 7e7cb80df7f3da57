import type { ContestantParameters } from '../../../coordinator/contract/sweep.ts'
import type { ModelFacts } from '../../../models/model.ts'
import type { InstallationSource } from '../agent.ts'
import type { AgentLog, LogLine } from './agent-log.ts'

/** How one agent that runs inside of the sandbox is installed, started and read. */
export interface AgentDefinition {
  /** One of `coordinator/contract/agents.ts`, which says everything else about it. */
  readonly name: string
  /** Null when the task's image has what it needs. */
  readonly installation: InstallationSource | null
  start(setting: AgentSetting): AgentStart
  /** What one line of its standard output says. Lines that are no JSON objects never get here. */
  read(line: LogLine, log: AgentLog): void
}

/** What an agent is started with. */
export interface AgentSetting {
  /** A folder of its own, outside of the task's, where its files are put; absolute. */
  readonly home: string
  /** File with what it is told. It is its standard input as well. */
  readonly instructionPath: string
  /** The contestant's model; null for the agent `command` without one. */
  readonly model: ModelAccess | null
  readonly parameters: ContestantParameters
  readonly mcp: readonly McpSetting[]
  /** Until it is stopped. */
  readonly timeoutMs: number
}

export interface ModelAccess {
  /** The gateway in the sandbox, without a path. */
  readonly url: string
  /** Good for this attempt alone. */
  readonly key: string
  readonly name: string
  /** Null when nothing is known. */
  readonly facts: ModelFacts | null
}

export interface McpSetting {
  readonly name: string
  /** Streamable HTTP. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

export interface AgentStart {
  readonly command: readonly [string, ...string[]]
  /** On top of the task's own. */
  readonly env: Readonly<Record<string, string>>
  /** Text by path, relative to its home; readable by its user alone. */
  readonly files: Readonly<Record<string, string>>
}

/** The folder of an installed agent, with its Dockerfile, and where sandboxes see what it makes. */
export function installationIn(folder: URL, name: string): InstallationSource {
  return {
    name,
    folder: decodeURIComponent(folder.pathname).replace(/\/$/, ''),
    mountPath: `/.sbench/agents/${name}`,
  }
}
