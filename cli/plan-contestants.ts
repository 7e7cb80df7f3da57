import { type BuiltInAgent, findAgent } from '../coordinator/contract/agents.ts'
import type { Contestant, ContestantParameters } from '../coordinator/contract/sweep.ts'
import { Failure } from '../core/failure.ts'
import type { Problem } from '../core/problems.ts'
import type { ModelsConfig } from '../models/config.ts'
import type { ModelFacts } from '../models/model.ts'
import type { Provider } from '../models/provider.ts'
import { resolveModel } from '../models/resolve-model.ts'
import { withoutUndefined } from '../tasks/without-undefined.ts'
import { type ContestantEntry, contestantEntry, defaultName } from './contestant-entry.ts'

export interface PlannedContestants {
  /** Complete when there are no problems. */
  readonly contestants: readonly Contestant[]
  readonly problems: readonly Problem[]
  /** Whose models are asked, each once. */
  readonly providers: readonly Provider[]
}

export interface ContestantOptions {
  readonly models: ModelsConfig
  /** Something limits what models may cost, so every price must be known. */
  readonly priced: boolean
}

/**
 * Looks up agents and models of a sweep file's contestants. Works on the raw document, whatever else
 * is wrong in it; entries that have no proper shape are left to the schema.
 */
export function planContestants(
  { contestants: entries }: Readonly<Record<string, unknown>>,
  options: ContestantOptions,
): PlannedContestants {
  const found = (Array.isArray(entries) ? entries : []).map((raw, index) => {
    const entry = contestantEntry.safeParse(raw)
    return entry.success ? planOne(entry.data, `contestants.${index}`, options) : null
  })
  const planned = found.filter((each) => each !== null)
  const contestants = planned.map(({ contestant }) => contestant)
  const providers = new Map(
    planned.flatMap(({ provider }) => (provider === null ? [] : [[provider.name, provider]])),
  )
  const names = found.map((each) => each?.contestant.name)
  const problems = [
    ...planned.flatMap((each) => each.problems),
    ...names.flatMap((value, index): Problem[] =>
      value === undefined || names.indexOf(value) === index ? [] : [taken(index, value)],
    ),
  ]
  return { contestants, problems, providers: [...providers.values()] }
}

interface PlannedOne {
  readonly contestant: Contestant
  readonly provider: Provider | null
  readonly problems: readonly Problem[]
}

function planOne(entry: ContestantEntry, path: string, options: ContestantOptions): PlannedOne {
  const agent: BuiltInAgent = findAgent(entry.agent)
  const parameters: ContestantParameters = withoutUndefined(entry.parameters ?? {})
  const model = entry.model ?? null
  const resolved = modelOf(agent, model, path, options)
  const { name = defaultName(agent.name, model, parameters) } = entry
  return {
    contestant: {
      name,
      agent: agent.name,
      agentVersion: agent.version,
      model,
      modelFacts: resolved.facts,
      parameters,
      simulated: agent.simulated,
    },
    provider: resolved.provider,
    problems: [
      ...resolved.problems,
      ...parameterProblems(agent, parameters, path),
      ...versionProblems(agent, entry.agentVersion, path),
    ],
  }
}

interface FoundModel {
  readonly facts: ModelFacts | null
  readonly provider: Provider | null
  readonly problems: readonly Problem[]
}

function modelOf(
  agent: BuiltInAgent,
  model: string | null,
  path: string,
  { models, priced }: ContestantOptions,
): FoundModel {
  const wrong = (remedy: string, value?: string): FoundModel => ({
    facts: null,
    provider: null,
    problems: [{ path: `${path}.model`, ...(value === undefined ? {} : { value }), remedy }],
  })
  if (model === null) {
    const nothing = { facts: null, provider: null, problems: [] }
    return agent.needsModel
      ? wrong(`${agent.name} needs a model; write provider/name, such as scripted/engineer`)
      : nothing
  }
  if (!agent.takesModel) return wrong(`${agent.name} takes no model; remove the field`, model)
  try {
    const { facts, provider } = resolveModel(model, models)
    if (!priced || facts.price !== null) return { facts, provider, problems: [] }
    const remedy =
      'its price is unknown, so no budget can hold; write the price into the file of models, ' +
      'or leave out budget and perTrial.cost'
    return { facts, provider, problems: [{ path: `${path}.model`, value: model, remedy }] }
  } catch (error) {
    if (error instanceof Failure && error.code === 'model.not-found') {
      return wrong(error.message, model)
    }
    throw error
  }
}

const COMMAND_AGENT = 'command'

function parameterProblems(
  agent: BuiltInAgent,
  parameters: ContestantParameters,
  path: string,
): Problem[] {
  const { command, ...others } = parameters
  const at = (name: string) => `${path}.parameters.${name}`
  if (agent.name === COMMAND_AGENT && command === undefined) {
    const remedy = 'say what it runs; {instruction} stands for a file with the instruction'
    return [{ path: at('command'), remedy }]
  }
  return [
    ...(command !== undefined && agent.name !== COMMAND_AGENT
      ? [{ path: at('command'), remedy: `only the agent ${COMMAND_AGENT} runs one` }]
      : []),
    ...Object.entries(others)
      .filter(([name]) => !agent.parameters.some((own) => own === name))
      .map(([name, value]) => ({ path: at(name), value, remedy: noSuchParameter(agent) })),
  ]
}

function noSuchParameter({ name, parameters }: BuiltInAgent): string {
  const own = parameters.length === 0 ? 'it has none' : `it has ${parameters.join(', ')}`
  return `${name} has no such parameter (${own}); remove it`
}

function versionProblems(
  { name, version: installed }: BuiltInAgent,
  wanted: string | undefined,
  path: string,
): readonly Problem[] {
  if (wanted === undefined || wanted === installed) return []
  const remedy =
    installed === null
      ? `${name} is part of this program and has no version of its own; remove the field`
      : `this farm installs ${name} ${installed}; write that, or remove the field`
  return [{ path: `${path}.agentVersion`, value: wanted, remedy }]
}

function taken(index: number, value: string): Problem {
  const remedy = 'this name is taken by an earlier contestant; remove it, or give it a `name`'
  return { path: `contestants.${index}`, value, remedy }
}
