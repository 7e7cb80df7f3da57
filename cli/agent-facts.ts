import { BUILT_IN_AGENTS, type BuiltInAgent, findAgent } from '../coordinator/contract/agents.ts'
import type { DialectName } from '../core/model-call.ts'

/** An agent as the table of agents has it. */
export interface AgentLine {
  readonly name: string
  readonly summary: string
  /** Null for an agent that is part of this program. */
  readonly version: string | null
  /** How it speaks to models; empty when it needs none, or speaks as each provider does. */
  readonly dialects: readonly DialectName[]
  readonly needsModel: boolean
  readonly takesModel: boolean
  readonly parameters: readonly string[]
  readonly simulated: boolean
}

export const allAgents = (): AgentLine[] => BUILT_IN_AGENTS.map(agentLine)

/** @throws Failure `agent.not-found` with the nearest name. */
export const namedAgents = (names: readonly string[]): AgentLine[] =>
  names.map((name) => agentLine(findAgent(name)))

function agentLine(agent: BuiltInAgent): AgentLine {
  const { dialect, name, summary, version, needsModel, takesModel, parameters, simulated } = agent
  const dialects = dialect === null ? [] : [dialect]
  return { name, summary, version, dialects, needsModel, takesModel, parameters, simulated }
}
