import type { LanguageModelV4CallOptions } from '@ai-sdk/provider'
import { z } from 'zod'

/** A call of one of the tools that an agent offers. */
export interface OfferedCall {
  readonly tool: string
  /** JSON. */
  readonly input: string
}

type Tools = LanguageModelV4CallOptions['tools']

/** What agents call the tool that runs a command, and its argument. */
const SHELL = /^(bash|shell|terminal|exec_command|shell_command|local_shell|run_shell_command)$/i
const COMMAND = ['command', 'cmd'] as const

const inputSchema = z.looseObject({
  properties: z.record(z.string(), z.looseObject({ type: z.unknown() })).default({}),
  required: z.array(z.string()).default([]),
})

/**
 * The command as a call of the shell tool that the agent offers; null when it offers none.
 *
 * @param about said where the tool wants a description.
 */
export function shellCall(tools: Tools, command: string, about: string): OfferedCall | null {
  for (const tool of tools ?? []) {
    if (tool.type !== 'function' || !SHELL.test(tool.name)) continue
    const { properties, required } = inputSchema.parse(tool.inputSchema)
    const name = COMMAND.find((candidate) => candidate in properties)
    if (name === undefined) continue
    const value = properties[name]?.type === 'array' ? ['bash', '-c', command] : command
    const rest = required.filter((field) => field !== name)
    const filled = rest.map((field) => [field, fill(properties[field]?.type, about)])
    const input = JSON.stringify({ [name]: value, ...Object.fromEntries(filled) })
    return { tool: tool.name, input }
  }
  return null
}

/** How agents are told that the work is over, where it is not enough to say nothing more. */
const FINISH = /^(finish|submit|attempt_completion)$/i
/** mini-swe-agent ends when a command prints this. */
const FINISH_BY_ECHO = 'COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT'

/** The call that ends the work; null for an agent that ends when no tool is called. */
export function finishCall(
  { tools, prompt }: Pick<LanguageModelV4CallOptions, 'tools' | 'prompt'>,
  words: string,
): OfferedCall | null {
  for (const tool of tools ?? []) {
    if (tool.type !== 'function' || !FINISH.test(tool.name)) continue
    const { properties, required } = inputSchema.parse(tool.inputSchema)
    const filled = required.map((field) => [field, fill(properties[field]?.type, words)])
    return { tool: tool.name, input: JSON.stringify(Object.fromEntries(filled)) }
  }
  if (!JSON.stringify(prompt).includes(FINISH_BY_ECHO)) return null
  return shellCall(tools, `echo ${FINISH_BY_ECHO}`, words)
}

function fill(type: unknown, words: string): unknown {
  if (type === 'boolean') return false
  if (type === 'number' || type === 'integer') return 60
  if (type === 'array') return []
  return words
}
