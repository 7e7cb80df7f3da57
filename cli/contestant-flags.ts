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

/** What flags make of a sweep's contestants. */
export interface TypedContestants {
  /** Entries of a sweep file; names in them are looked up later, with those of a file. */
  readonly entries: readonly unknown[]
  /** Which parameters do not reach which agents. */
  readonly notes: readonly string[]
}

/**
 * Agents that take a model with each model, the others once; parameters go to the agents that have
 * them. Null when flags say nothing of contestants.
 *
 * @throws Failure `input.invalid` for models or parameters that none of the agents takes.
 */
export function contestantsTyped(flags: ContestantFlags): TypedContestants | null {
  const { agent: agents, model: models = [], ...rest } = flags
  const parameters = withoutUndefined(rest)
  const said = [...(models.length > 0 ? ['model'] : []), ...Object.keys(parameters)]
  if (agents === undefined) {
    if (said.length === 0) return null
    throw refused(said, 'say which agents it is for, with --agent')
  }
  const takers = agents.map((name) => takerOf(name))
  if (models.length > 0 && !takers.some(({ takesModel }) => takesModel)) {
    throw refused(['model'], `none of ${agents.join(', ')} takes a model`)
  }
  const useless = Object.keys(parameters).filter((name) => !takers.some((each) => each.has(name)))
  if (useless.length > 0) throw refused(useless, `none of ${agents.join(', ')} has it`)
  const notes = takers.flatMap(({ name, has }) => {
    const missing = Object.keys(parameters).filter((each) => each !== 'command' && !has(each))
    const listed = missing.map(optionOf).join(' and ')
    return missing.length === 0 ? [] : [`note: ${name} takes no ${listed}; it runs without`]
  })
  return { entries: takers.flatMap((taker) => entriesOf(taker, models, parameters)), notes }
}

interface Taker {
  readonly name: string
  readonly takesModel: boolean
  readonly has: (parameter: string) => boolean
}

/** An unknown agent is told so later: it may take anything. */
function takerOf(name: string): Taker {
  try {
    const { takesModel, parameters } = findAgent(name)
    return { name, takesModel, has: (wanted) => parameters.some((own) => own === wanted) }
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'agent.not-found') throw error
    return { name, takesModel: true, has: () => true }
  }
}

function entriesOf(
  { name: agent, takesModel, has }: Taker,
  models: readonly string[],
  all: Readonly<Record<string, unknown>>,
): unknown[] {
  const own = Object.entries(all).filter(([name]) => has(name))
  const entry = own.length === 0 ? { agent } : { agent, parameters: Object.fromEntries(own) }
  return takesModel && models.length > 0 ? models.map((model) => ({ ...entry, model })) : [entry]
}

function refused(flags: readonly string[], why: string): Failure {
  return new Failure('input.invalid', `${flags.map(optionOf).join(' and ')}: ${why}.`, {
    facts: { flags: flags.join(' ') },
  })
}

const optionOf = (name: string): string =>
  `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
