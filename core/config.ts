import { z } from 'zod'
import { problemsFailure, problemsOf } from './problems.ts'

/**
 * Reads a process's settings from its environment through one schema.
 *
 * @throws Failure `config.invalid` naming every variable that is missing or malformed.
 */
export function readConfig<Schema extends z.ZodType>(
  schema: Schema,
  environment: Readonly<Record<string, string | undefined>>,
): z.output<Schema> {
  const parsed = schema.safeParse(environment)
  if (parsed.success) return parsed.data
  const problems = problemsOf(parsed.error, environment)
  throw problemsFailure('config.invalid', 'environment', problems)
}

/** A TCP port from the environment; 0 lets the system choose. */
export const portSetting = z.coerce.number().int().min(0).max(65_535)
