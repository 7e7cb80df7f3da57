import { z } from 'zod'
import { findAgent } from '../coordinator/contract/agents.ts'
import type { ContestantParameters } from '../coordinator/contract/sweep.ts'
import { messageOf } from '../core/failure.ts'
import { digestOf } from '../core/ids.ts'

const agentName = z.string('name an agent').superRefine((name, context) => {
  try {
    findAgent(name)
  } catch (error) {
    context.addIssue({ code: 'custom', message: messageOf(error) })
  }
})

const contestantName = z
  .string()
  .regex(/^[\w./@:+=,-]{1,100}$/, 'write 1 to 100 letters, digits, or any of . _ / @ : + = , -')

export const REASONING_EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'] as const

const TEMPERATURE = 'write a number from 0 to 2'
const COUNT = 'write a whole number above 0'
const count = z.number(COUNT).int(COUNT).positive(COUNT)

/** What is asked of agent and model; what is absent is their own default. */
const parameters = z.strictObject(
  {
    temperature: z.number(TEMPERATURE).min(0, TEMPERATURE).max(2, TEMPERATURE).optional(),
    reasoningEffort: z.enum(REASONING_EFFORTS, `one of ${REASONING_EFFORTS.join(', ')}`).optional(),
    maxOutputTokens: count.optional(),
    maxTurns: count.optional(),
    command: z.string('write a command for a shell').min(1).optional(),
  },
  'write a table such as {temperature: 0}',
)

/** One contestant as people write it: an agent's name, `agent+provider/name`, or a table. */
export const contestantEntry = z.preprocess(
  (entry) => (typeof entry === 'string' ? shorthand(entry) : entry),
  z.strictObject(
    {
      agent: agentName,
      /** `provider/name`. */
      model: z.string('write provider/name').nullish(),
      name: contestantName.optional(),
      parameters: parameters.optional(),
      /** Refused unless it is the version that the farm installs. */
      agentVersion: z.string('write a version in quotes').min(1).optional(),
    },
    'write an agent such as `oracle`, or a table with `agent`, `model` and `name`',
  ),
)
export type ContestantEntry = z.output<typeof contestantEntry>

function shorthand(text: string): { agent: string; model?: string } {
  const plus = text.indexOf('+')
  return plus < 0 ? { agent: text } : { agent: text.slice(0, plus), model: text.slice(plus + 1) }
}

/** `loop+anthropic/x@temperature=0`: what a contestant is called unless it is given a name. */
export function defaultName(
  agent: string,
  model: string | null,
  parameters: ContestantParameters,
): string {
  const said = Object.entries(parameters).map(([name, value]) =>
    name === 'command' ? `command=${shortDigest(String(value))}` : `${name}=${value}`,
  )
  const who = model === null ? agent : `${agent}+${model}`
  return said.length === 0 ? who : `${who}@${said.join(',')}`
}

const shortDigest = (text: string): string => digestOf(text).slice('sha256:'.length).slice(0, 8)
