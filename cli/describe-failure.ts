import { type Facts, Failure, type FailureCode, messageOf } from '../core/failure.ts'

/** Exit code of anything that is not a {@link Failure}: a bug of ours. */
export const BUG_EXIT_CODE = 70

/** An error as a command shows it. */
export interface ShownFailure {
  readonly code: FailureCode | 'bug'
  readonly message: string
  readonly facts: Facts
  readonly exitCode: number
  /** For bugs alone. */
  readonly stack: string | null
}

export function describeFailure(error: unknown): ShownFailure {
  if (error instanceof Failure) {
    const { code, message, facts, exitCode } = error
    return { code, message, facts, exitCode, stack: null }
  }
  const stack = error instanceof Error ? (error.stack ?? null) : null
  return { code: 'bug', message: messageOf(error), facts: {}, exitCode: BUG_EXIT_CODE, stack }
}

/** For people, on stderr. */
export function failureText({ code, message, stack }: ShownFailure): string {
  if (code !== 'bug') return `error (${code}): ${message}\n`
  return `error: this is a bug of sbench; please report it with what follows.\n${stack ?? message}\n`
}

/** With `--json`, on stdout: the document in place of the command's own. */
export function failureJson({ code, message, facts }: ShownFailure): string {
  return `${JSON.stringify({ error: { code, message, facts } }, null, 2)}\n`
}
