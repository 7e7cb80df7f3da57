import { z } from 'zod'
import { Failure } from './failure.ts'
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

/**
 * {@link readConfig} for the start of a process: what is wrong is said on stderr without a stack,
 * and the process ends with the failure's exit code.
 */
export function readProcessConfig<Schema extends z.ZodType>(
  schema: Schema,
  environment: Readonly<Record<string, string | undefined>>,
): z.output<Schema> {
  try {
    return readConfig(schema, environment)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    process.stderr.write(`error (${error.code}): ${error.message}\n`)
    process.exit(error.exitCode)
  }
}

/** A TCP port from the environment; 0 lets the system choose. */
export const portSetting = z.coerce.number().int().min(0).max(65_535)
