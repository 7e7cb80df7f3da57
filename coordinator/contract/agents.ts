import { Failure } from '../../core/failure.ts'
import { DIALECTS, type DialectName } from '../../core/model-call.ts'
import { nearestName } from '../../core/nearest.ts'

/** What of a task an agent without a model carries out; `nothing` leaves the sandbox as it is. */
export type AgentPart = 'solution' | 'alternative' | 'partial' | 'cheat' | 'nothing'

/** Probabilities; what they leave of 1 is doing nothing. */
export interface PartChances {
  readonly solution: number
  readonly partial: number
}

interface AgentFacts {
  readonly name: string
  readonly summary: string
  /** Draws its results by chance instead of working: marked wherever it is shown. */
  readonly simulated: boolean
  readonly needsModel: boolean
  /** Of what is installed in the sandbox; null for an agent that is part of this program. */
  readonly version: string | null
  /** How it speaks to models; empty when it needs none. Other providers are translated for. */
  readonly dialects: readonly DialectName[]
}

/** Carries out something that the task brings along. */
export interface PartAgent extends AgentFacts {
  /** The same part each time, or one drawn by the trial's identity. */
  readonly plays: AgentPart | PartChances
}

/** Works on the task by itself. */
export interface WorkingAgent extends AgentFacts {
  readonly plays: null
}

export type BuiltInAgent = PartAgent | WorkingAgent

/**
 * The agents that the farm brings along. Those that play a part of the task need no model: they prove tasks and the farm itself.
 * The `sim/` agents make leaderboards with known chances, to try out everything behind a score.
 */
export const BUILT_IN_AGENTS = [
  agent('oracle', "runs the task's reference solution", 'solution'),
  agent('alternative', "runs the task's other right solution", 'alternative'),
  agent('partial', "runs the task's half solution, worth part of the credit", 'partial'),
  agent('cheat', "runs the task's known cheat, worth nothing when the verifier is sound", 'cheat'),
  agent('nop', 'does nothing', 'nothing'),
  agent('sim/weak', 'simulated: solves 15 %, half-solves 30 %', { solution: 0.15, partial: 0.3 }),
  agent('sim/mid', 'simulated: solves 45 %, half-solves 25 %', { solution: 0.45, partial: 0.25 }),
  agent('sim/strong', 'simulated: solves 75 %, half-solves 15 %', {
    solution: 0.75,
    partial: 0.15,
  }),
  working('loop', "the farm's own tool-calling agent, on the worker", DIALECTS),
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

function agent<Name extends string>(
  name: Name,
  summary: string,
  plays: AgentPart | PartChances,
): PartAgent & { readonly name: Name } {
  const simulated = typeof plays !== 'string'
  return { name, summary, simulated, needsModel: false, version: null, dialects: [], plays }
}

function working<Name extends string>(
  name: Name,
  summary: string,
  dialects: readonly DialectName[],
  version: string | null = null,
): WorkingAgent & { readonly name: Name } {
  return { name, summary, simulated: false, needsModel: true, version, dialects, plays: null }
}
