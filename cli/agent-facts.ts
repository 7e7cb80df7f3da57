import { BUILT_IN_AGENTS, type BuiltInAgent, findAgent } from '../coordinator/contract/agents.ts'
import type { DialectName } from '../core/model-call.ts'

/** An agent as the table of agents has it. */
export interface AgentLine {
  readonly name: string
  readonly summary: string
  /** Null for an agent that is part of this program. */
  readonly version: string | null
  /** How it speaks to models; empty when it needs none. */
  readonly dialects: readonly DialectName[]
  readonly needsModel: boolean
  readonly simulated: boolean
}

export const allAgents = (): AgentLine[] => BUILT_IN_AGENTS.map(agentLine)

/** @throws Failure `agent.not-found` with the nearest name. */
export const namedAgents = (names: readonly string[]): AgentLine[] =>
  names.map((name) => agentLine(findAgent(name)))

function agentLine(agent: BuiltInAgent): AgentLine {
  const { name, summary, needsModel, simulated, version, dialects } = agent
  return { name, summary, needsModel, simulated, version, dialects }
}
