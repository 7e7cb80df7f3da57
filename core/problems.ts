import type { z } from 'zod'
import { Failure, type FailureCode } from './failure.ts'

/** One mistake in something a person wrote: where it is, what stands there, what to do about it. */
export interface Problem {
  /** Dotted path of the field, for example `agent.timeout_sec`; empty for the document itself. */
  readonly path: string
  readonly value?: unknown
  readonly remedy: string
}

/** All problems of one document in one failure, so that they can be mended in one go. */
export function problemsFailure(
  code: FailureCode,
  subject: string,
  problems: readonly Problem[],
): Failure {
  const lines = problems.map((problem) => `  - ${describe(problem)}`)
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`
  return new Failure(code, `${subject}: ${count}\n${lines.join('\n')}`, {
    facts: { subject, problems: problems.length },
  })
}

/** What zod found, as problems; values are looked up in the input so that messages can show them. */
export function problemsOf(error: z.ZodError, input: unknown): Problem[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.map(String)
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        path: [...path, key].join('.'),
        remedy: 'unknown field; remove it or correct its name',
      }))
    }
    return [{ path: path.join('.'), value: lookUp(input, path), remedy: issue.message }]
  })
}

function describe({ path, value, remedy }: Problem): string {
  const shown = value === undefined ? '' : ` = ${JSON.stringify(value)?.slice(0, 120)}`
  return `${path === '' ? '(document)' : path}${shown}: ${remedy}`
}

function lookUp(input: unknown, path: readonly string[]): unknown {
  let here = input
  for (const key of path) {
    if (typeof here !== 'object' || here === null) return undefined
    here = (here as Record<string, unknown>)[key]
  }
  return typeof here === 'object' ? undefined : here
}
