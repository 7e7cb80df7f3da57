import { findAgent } from '../../coordinator/contract/agents.ts'
import { Failure } from '../../core/failure.ts'
import type { Agent } from './agent.ts'
import { installedAgentNamed } from './installed/installed-agents.ts'
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
      throw new Failure('agent.not-found', `The agent "${name}" is not part of this version.`, {
        facts: { agent: name },
      })
  }
}
