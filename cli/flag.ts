import { z } from 'zod'
import { type Problem, problemsFailure, problemsOf } from '../core/problems.ts'

/** A flag as it is typed, read off its schema. */
export interface Flag {
  /** Its name in code, camelCase. */
  readonly name: string
  /** As it is typed, with its dashes: `--timeout-multiplier`, `--no-install`. */
  readonly option: string
  /** What stands for its value in help; null for a switch. */
  readonly value: string | null
  readonly summary: string
  /** The values there are, when they are a fixed few. */
  readonly choices: readonly string[]
  readonly defaultValue: string | null
}

export function flagsOf(schema: z.ZodObject): Flag[] {
  return Object.entries(schema.shape).map(([name, field]) => flagOf(name, field))
}

function flagOf(name: string, schema: z.core.$ZodType): Flag {
  const described = schema instanceof z.ZodType ? schema.meta() : undefined
  const summary = described?.description ?? ''
  const fallback = schema instanceof z.ZodDefault ? schema.def.defaultValue : undefined
  const inner = innermost(schema)
  const kebab = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  if (inner instanceof z.ZodBoolean) {
    const option = fallback === true ? `--no-${kebab}` : `--${kebab}`
    return { name, option, value: null, summary, choices: [], defaultValue: null }
  }
  const choices = inner instanceof z.ZodEnum ? inner.options.map(String) : []
  const value = choices.length > 0 ? choices.join('|') : String(described?.value ?? 'value')
  const defaultValue = fallback === undefined ? null : String(fallback)
  return { name, option: `--${kebab}`, value, summary, choices, defaultValue }
}

/** The schema that typed text meets first. */
function innermost(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional) {
    return innermost(schema.unwrap())
  }
  return schema instanceof z.ZodPipe ? innermost(schema.def.in) : schema
}

/** @throws Failure `input.invalid` naming every flag that is malformed, as it is typed. */
export function parseFlags<Schema extends z.ZodObject>(
  schema: Schema,
  raw: Readonly<Record<string, unknown>>,
): z.output<Schema> {
  const parsed = schema.safeParse(raw)
  if (parsed.success) return parsed.data
  const options = new Map(flagsOf(schema).map((flag) => [flag.name, flag.option]))
  const problems = problemsOf(parsed.error, raw).map(
    (problem): Problem => ({ ...problem, path: options.get(problem.path) ?? problem.path }),
  )
  throw problemsFailure('input.invalid', 'flags', problems)
}
