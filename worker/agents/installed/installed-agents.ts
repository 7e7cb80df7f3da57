import { Failure } from '../../../core/failure.ts'
import type { Agent } from '../agent.ts'
import { claudeCode } from './claude-code/claude-code.ts'
import { codex } from './codex/codex.ts'
import { commandAgent } from './command.ts'
import type { AgentDefinition } from './definition.ts'
import { geminiCli } from './gemini-cli/gemini-cli.ts'
import { installedAgent } from './installed-agent.ts'
import { miniSweAgent } from './mini-swe-agent/mini-swe-agent.ts'
import { opencode } from './opencode/opencode.ts'
import { openhands } from './openhands/openhands.ts'

/** Every agent that runs inside of the sandbox. */
export const INSTALLED_AGENTS: readonly AgentDefinition[] = [
  claudeCode,
  codex,
  geminiCli,
  opencode,
  openhands,
  miniSweAgent,
  commandAgent,
]

/** @throws Failure `agent.not-found`. */
export function installedAgentNamed(name: string): Agent {
  const definition = INSTALLED_AGENTS.find((candidate) => candidate.name === name)
  if (definition !== undefined) return installedAgent(definition)
  throw new Failure('agent.not-found', `There is no agent "${name}" to install.`, {
    facts: { agent: name },
  })
}
