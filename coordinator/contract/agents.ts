import { Failure } from '../../core/failure.ts'
import type { DialectName } from '../../core/model-call.ts'
import { nearestName } from '../../core/nearest.ts'
import type { ContestantParameters } from './sweep.ts'

/** What of a task an agent without a model carries out; `nothing` leaves the sandbox as it is. */
export type AgentPart = 'solution' | 'alternative' | 'partial' | 'cheat' | 'nothing'

/** Probabilities; what they leave of 1 is doing nothing. */
export interface PartChances {
  readonly solution: number
  readonly partial: number
}

export type ParameterName = keyof ContestantParameters

interface AgentFacts {
  readonly name: string
  readonly summary: string
  /** Draws its results by chance instead of working: marked wherever it is shown. */
  readonly simulated: boolean
  /** A contestant of it has to name a model. */
  readonly needsModel: boolean
  /** It can be given a model; true wherever one is needed. */
  readonly takesModel: boolean
  /** Of the program that is installed; null for what is part of this version. */
  readonly version: string | null
  /** How it speaks to its model; null for what speaks to none, or to any in its own way. */
  readonly dialect: DialectName | null
  /** What it can be asked for; anything else asked of it has no effect. */
  readonly parameters: readonly ParameterName[]
}

/** Carries out what a task brings along, without a model. */
export interface PartAgentFacts extends AgentFacts {
  readonly kind: 'part'
  /** The same part each time, or one drawn by the trial's identity. */
  readonly plays: AgentPart | PartChances
}

/** `loop` works on the node, `installed` and `command` inside of the sandbox. */
export interface WorkingAgentFacts extends AgentFacts {
  readonly kind: 'loop' | 'installed' | 'command'
}

export type BuiltInAgent = PartAgentFacts | WorkingAgentFacts

/**
 * The agents that the farm brings along. Those that play a part need no model: they prove tasks and
 * the farm itself. The `sim/` agents make leaderboards with known chances, to try out everything
 * behind a score.
 */
export const BUILT_IN_AGENTS = [
  part('oracle', "runs the task's reference solution", 'solution'),
  part('alternative', "runs the task's other right solution", 'alternative'),
  part('partial', "runs the task's half solution, worth part of the credit", 'partial'),
  part('cheat', "runs the task's known cheat, worth nothing when the verifier is sound", 'cheat'),
  part('nop', 'does nothing', 'nothing'),
  part('sim/weak', 'simulated: solves 15 %, half-solves 30 %', { solution: 0.15, partial: 0.3 }),
  part('sim/mid', 'simulated: solves 45 %, half-solves 25 %', { solution: 0.45, partial: 0.25 }),
  part('sim/strong', 'simulated: solves 75 %, half-solves 15 %', {
    solution: 0.75,
    partial: 0.15,
  }),
  thinking('loop', 'ours: bash, a file editor and MCP servers, worked from the node', {
    kind: 'loop',
    version: null,
    dialect: null,
    parameters: ['temperature', 'reasoningEffort', 'maxOutputTokens', 'maxTurns'],
  }),
  thinking('claude-code', "Anthropic's Claude Code, headless", {
    version: '2.1.332',
    dialect: 'anthropic-messages',
    parameters: ['reasoningEffort', 'maxOutputTokens', 'maxTurns'],
  }),
  thinking('codex', "OpenAI's Codex, headless", {
    version: '0.169.0',
    dialect: 'openai-responses',
    parameters: ['reasoningEffort', 'maxTurns'],
  }),
  thinking('gemini-cli', "Google's Gemini CLI, headless", {
    version: '0.61.0',
    dialect: 'gemini',
    parameters: ['maxTurns'],
  }),
  thinking('opencode', 'OpenCode, headless', {
    version: '1.18.33',
    dialect: 'openai-chat',
    parameters: ['temperature', 'reasoningEffort', 'maxOutputTokens', 'maxTurns'],
  }),
  thinking('openhands', 'the OpenHands SDK with its default agent, without a browser', {
    version: '1.58.0',
    dialect: 'openai-chat',
    parameters: ['temperature', 'reasoningEffort', 'maxOutputTokens', 'maxTurns'],
  }),
  thinking('mini-swe-agent', 'mini-SWE-agent: bash and nothing else', {
    version: '2.4.6',
    dialect: 'openai-chat',
    parameters: ['temperature', 'reasoningEffort', 'maxOutputTokens', 'maxTurns'],
  }),
  {
    kind: 'command',
    name: 'command',
    summary: "any command in the task's image: parameters.command",
    simulated: false,
    needsModel: false,
    takesModel: true,
    version: null,
    dialect: null,
    parameters: ['command'],
  },
] as const satisfies readonly BuiltInAgent[]

/** @throws Failure `agent.not-found` with the nearest name and the list of those there are. */
export function findAgent(name: string): BuiltInAgent {
  const found = BUILT_IN_AGENTS.find((candidate) => candidate.name === name)
  if (found !== undefined) return found
  const names = BUILT_IN_AGENTS.map((candidate) => candidate.name)
  const nearest = nearestName(name, names)
  const meant = nearest === undefined ? '' : ` Did you mean ${nearest}?`
  throw new Failure(
    'agent.not-found',
    `There is no agent "${name}".${meant} The agents are ${names.join(', ')}.`,
    { facts: { agent: name } },
  )
}

function part<Name extends string>(
  name: Name,
  summary: string,
  plays: PartAgentFacts['plays'],
): PartAgentFacts & { readonly name: Name } {
  const simulated = typeof plays !== 'string'
  const noModel = { needsModel: false, takesModel: false, version: null, dialect: null }
  return { kind: 'part', name, summary, simulated, ...noModel, parameters: [], plays }
}

function thinking<Name extends string>(
  name: Name,
  summary: string,
  facts: Pick<WorkingAgentFacts, 'version' | 'dialect' | 'parameters'> & { readonly kind?: 'loop' },
): WorkingAgentFacts & { readonly name: Name } {
  const { kind = 'installed', ...rest } = facts
  return { kind, name, summary, simulated: false, needsModel: true, takesModel: true, ...rest }
}
