import type { z } from 'zod'
import { problemsFailure, problemsOf } from '../../../core/problems.ts'

/**
 * A piece of a request's body as its schema has it.
 *
 * @param path where the piece stands in the body; empty for all of it.
 * @throws Failure `input.invalid` with every problem of the piece.
 */
export function readBody<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  path = '',
): z.infer<Schema> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const problems = problemsOf(parsed.error, value).map((problem) => ({
    ...problem,
    path: [path, problem.path].filter((part) => part !== '').join('.'),
  }))
  throw problemsFailure('input.invalid', 'request', problems)
}

export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A tool's arguments as the object that they have to be; null when they are none. */
export function argumentsOf(text: string): { readonly [key: string]: unknown } | null {
  const value = text.trim() === '' ? {} : parsedJson(text)
  return isObject(value) ? value : null
}

export function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
