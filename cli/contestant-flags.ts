import { z } from 'zod'
import { findAgent } from '../coordinator/contract/agents.ts'
import { Failure } from '../core/failure.ts'
import { withoutUndefined } from '../tasks/without-undefined.ts'
import { REASONING_EFFORTS } from './contestant-entry.ts'

const list = z.string().transform((text) => text.split(',').map((item) => item.trim()))
const number = (name: string) => z.coerce.number(`${name} is a number`).optional()

/** Who takes part, as flags say it. */
export const contestantFlags = {
  agent: list.optional().meta({ description: 'agents, with commas between', value: 'names' }),
  model: list.optional().meta({
    description: 'models, with commas between: each with every agent that needs one',
    value: 'provider/name',
  }),
  temperature: number('temperature').meta({ description: 'of the models, 0 to 2', value: 'n' }),
  reasoningEffort: z.enum(REASONING_EFFORTS).optional().describe('of the models'),
  maxOutputTokens: number('max-output-tokens').meta({
    description: 'tokens of one answer at most',
    value: 'n',
  }),
  maxTurns: number('max-turns').meta({ description: 'turns of an agent at most', value: 'n' }),
  command: z.string().optional().meta({
    description: 'what the agent `command` runs; {instruction} is a file with the instruction',
    value: 'line',
  }),
}
export type ContestantFlags = z.output<z.ZodObject<typeof contestantFlags>>

/**
 * Entries of a sweep file for what flags say: agents that need a model with each model, the others
 * once; undefined when they say nothing. Names are looked up later, with those of a file.
 *
 * @throws Failure `input.invalid` for models or parameters without agents to give them to.
 */
export function contestantsTyped(flags: ContestantFlags): unknown[] | undefined {
  const { agent, model, command, ...rest } = flags
  const parameters = withoutUndefined(rest)
  const said = [
    ...(model === undefined ? [] : ['model']),
    ...Object.keys(parameters),
    ...(command === undefined ? [] : ['command']),
  ]
  if (agent === undefined) {
    if (said.length === 0) return undefined
    const message = `${said.map(optionOf).join(' and ')} without --agent: say which agents it is for.`
    throw new Failure('input.invalid', message, { facts: { flags: said.join(' ') } })
  }
  const models = model ?? []
  const entries = agent.flatMap((name) => entriesOf(name, models, parameters, command))
  const unused = models.length > 0 && !agent.some(takesModel)
  if (!unused) return entries
  const message = `--model ${models.join(',')}: none of ${agent.join(', ')} takes a model. Leave it out.`
  throw new Failure('input.invalid', message, { facts: { model: models.join(',') } })
}

function entriesOf(
  agent: string,
  models: readonly string[],
  parameters: object,
  command: string | undefined,
): unknown[] {
  const own = command !== undefined && agent === 'command' ? { command } : {}
  if (!takesModel(agent)) {
    return [Object.keys(own).length === 0 ? { agent } : { agent, parameters: own }]
  }
  const all = { ...parameters, ...own }
  const entry = Object.keys(all).length === 0 ? { agent } : { agent, parameters: all }
  return models.length === 0 ? [entry] : models.map((model) => ({ ...entry, model }))
}

/** An unknown agent is told so later: it may take one. */
function takesModel(agent: string): boolean {
  try {
    return findAgent(agent).needsModel
  } catch (error) {
    if (error instanceof Failure && error.code === 'agent.not-found') return true
    throw error
  }
}

const optionOf = (name: string): string =>
  `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
