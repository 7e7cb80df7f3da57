/**
 * Every way this project fails on purpose: whether trying again can help, and the exit code of a
 * command that ends with it. Codes are stable; `docs/failures.md` is checked against this table.
 *
 * Exit codes: 2 bad input, 3 not found, 4 a part of the stack or the machine is missing, 5 the work
 * itself failed, 6 refused because of the present state, 70 a bug of ours.
 */
export const FAILURES = {
  'input.invalid': { retry: false, exitCode: 2 },
  'config.invalid': { retry: false, exitCode: 2 },
  'sweep.invalid': { retry: false, exitCode: 2 },
  'task.invalid': { retry: false, exitCode: 2 },
  'sql.invalid': { retry: false, exitCode: 2 },

  'suite.not-found': { retry: false, exitCode: 3 },
  'task.not-found': { retry: false, exitCode: 3 },
  'agent.not-found': { retry: false, exitCode: 3 },
  'model.not-found': { retry: false, exitCode: 3 },
  'sweep.not-found': { retry: false, exitCode: 3 },
  'trial.not-found': { retry: false, exitCode: 3 },
  'blob.not-found': { retry: true, exitCode: 3 },

  'stack.not-running': { retry: false, exitCode: 4 },
  'stack.part-failed': { retry: true, exitCode: 4 },
  'prerequisite.missing': { retry: false, exitCode: 4 },
  'binary.checksum-mismatch': { retry: false, exitCode: 4 },
  'binary.fetch-failed': { retry: true, exitCode: 4 },
  'docker.unreachable': { retry: true, exitCode: 4 },
  'port.taken': { retry: false, exitCode: 4 },
  'disk.full': { retry: true, exitCode: 4 },
  'engine.unreachable': { retry: true, exitCode: 4 },

  'model.key-missing': { retry: false, exitCode: 4 },
  'model.key-refused': { retry: false, exitCode: 4 },

  'model.provider-failed': { retry: true, exitCode: 5 },
  'model.plan-ran-out': { retry: false, exitCode: 5 },
  'agent.install-failed': { retry: true, exitCode: 5 },
  'agent.unsupported-image': { retry: false, exitCode: 5 },
  'agent.start-failed': { retry: true, exitCode: 5 },
  'mcp.start-failed': { retry: true, exitCode: 5 },
  'replay.differs': { retry: false, exitCode: 5 },
  'image.not-found': { retry: false, exitCode: 5 },
  'image.build-failed': { retry: true, exitCode: 5 },
  'sandbox.start-failed': { retry: true, exitCode: 5 },
  'sandbox.lost': { retry: true, exitCode: 5 },
  'sandbox.out-of-memory': { retry: true, exitCode: 5 },
  'sandbox.call-timed-out': { retry: true, exitCode: 5 },
  'sandbox.archive-too-large': { retry: false, exitCode: 5 },
  'sandbox.unhealthy': { retry: true, exitCode: 5 },
  'snapshot.lost': { retry: true, exitCode: 5 },
  'node.lost': { retry: true, exitCode: 5 },
  'node.restarted': { retry: true, exitCode: 5 },
  'spool.full': { retry: true, exitCode: 5 },
  'verifier.failed': { retry: true, exitCode: 5 },
  'trajectory.incomplete': { retry: true, exitCode: 5 },
  'statistics.bad-input': { retry: false, exitCode: 5 },
  'sweep.unfinished': { retry: false, exitCode: 5 },
  'task.package-invalid': { retry: true, exitCode: 5 },
  'artifacts.invalid': { retry: false, exitCode: 5 },
  'task.check-failed': { retry: false, exitCode: 5 },

  'stack.folder-in-use': { retry: false, exitCode: 6 },
  'stack.folder-newer': { retry: false, exitCode: 6 },
  'schema.newer': { retry: false, exitCode: 6 },
  'schema.edited': { retry: false, exitCode: 6 },
  'task.exists': { retry: false, exitCode: 6 },
  'sweep.exists': { retry: false, exitCode: 6 },
  'sweep.not-running': { retry: false, exitCode: 6 },
  'sweep.running': { retry: false, exitCode: 6 },
  'sweep.changed': { retry: true, exitCode: 6 },
  'sweep.not-comparable': { retry: false, exitCode: 6 },
  'install.refused': { retry: false, exitCode: 6 },
} as const satisfies Record<string, { retry: boolean; exitCode: number }>

export type FailureCode = keyof typeof FAILURES

/** Facts behind a message, ready for a log line. Never secrets, never a task's answers. */
export type Facts = Readonly<Record<string, string | number | boolean>>

/** A failure somebody can act on. Match on `code`, which is stable; the message is for people. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly code: FailureCode
  readonly facts: Facts

  constructor(
    code: FailureCode,
    message: string,
    { facts = {}, cause }: { facts?: Facts; cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.facts = facts
  }

  /** Whether the same thing tried again, later or elsewhere, can go well. */
  get retry(): boolean {
    return FAILURES[this.code].retry
  }

  get exitCode(): number {
    return FAILURES[this.code].exitCode
  }
}

export function isFailureCode(value: unknown): value is FailureCode {
  return typeof value === 'string' && Object.hasOwn(FAILURES, value)
}

/** The message of anything thrown, with the chain of its causes. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const own = error.message || error.name
  return error.cause === undefined ? own : `${own}: ${messageOf(error.cause)}`
}
