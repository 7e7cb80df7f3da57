import { findAgent } from '../../coordinator/contract/agents.ts'
import type { Agent } from './agent.ts'
import { partAgent } from './part-agent.ts'

/** @throws Failure `agent.not-found`. */
export function agentNamed(name: string): Agent {
  return partAgent(findAgent(name))
}
