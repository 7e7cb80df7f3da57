import { findAgent } from '../../coordinator/contract/agents.ts'
import type { Agent } from './agent.ts'
import { installedAgentNamed } from './installed/installed-agents.ts'
import { loopAgent } from './loop/loop-agent.ts'
import { partAgent } from './part-agent.ts'

/** @throws Failure `agent.not-found`. */
export function agentNamed(name: string): Agent {
  const facts = findAgent(name)
  switch (facts.kind) {
    case 'part':
      return partAgent(facts)
    case 'installed':
    case 'command':
      return installedAgentNamed(facts.name)
    case 'loop':
      return loopAgent()
  }
}
