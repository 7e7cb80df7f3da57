import { findAgent } from '../../coordinator/contract/agents.ts'
import type { Agent } from './agent.ts'
import { loopAgent } from './loop/loop-agent.ts'
import { partAgent } from './part-agent.ts'

/** @throws Failure `agent.not-found`. */
export function agentNamed(name: string): Agent {
  const agent = findAgent(name)
  if (agent.plays !== null) return partAgent(agent)
  return loopAgent()
}
