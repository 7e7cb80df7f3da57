import { Failure, messageOf } from '../core/failure.ts'

/** How long Docker may take for one call, in milliseconds. A stuck runtime answers never. */
export const TIME_LIMITS = {
  /** Create, start, stop, remove, commit and archives: they touch the disk or the runtime. */
  changeMs: 60_000,
  /** Calls that only read. */
  readMs: 10_000,
  /** Lists the changes of a container: walks the whole file system of its image. */
  walkMs: 60_000,
} as const

/**
 * One call to Docker, cut after its time.
 *
 * @param what for the message, for example `start the container`.
 * @throws Failure `sandbox.call-timed-out`, `docker.unreachable`; Docker's own refusals as they
 *   are, see {@link statusOf}.
 */
export async function dockerCall<Result>(
  what: string,
  timeoutMs: number,
  call: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new Failure('sandbox.call-timed-out', `Docker did not ${what} within ${timeoutMs} ms.`, {
          facts: { timeoutMs },
        }),
      )
      controller.abort()
    }, timeoutMs)
  })
  try {
    return await Promise.race([call(controller.signal), timeout])
  } catch (error) {
    if (isUnreachable(error)) throw unreachable(error)
    throw error
  } finally {
    clearTimeout(timer)
  }
}

/** The HTTP status of a refusal by Docker, or null for anything else. */
export function statusOf(error: unknown): number | null {
  if (!(error instanceof Error) || !('statusCode' in error)) return null
  return typeof error.statusCode === 'number' ? error.statusCode : null
}

/** Docker's own words, without what the client puts around them. */
export function refusalOf(error: unknown): string {
  return messageOf(error)
    .replace(/^\(HTTP code \d+\) [^-]* - /, '')
    .trim()
}

export function unreachable(cause: unknown): Failure {
  return new Failure(
    'docker.unreachable',
    `The Docker daemon does not answer (${messageOf(cause)}). ` +
      'Start it, let this user open its socket, or set DOCKER_HOST.',
    { cause },
  )
}

/** Whether a call failed because of the daemon itself, whatever was asked of it. */
export function isDaemonAway(error: unknown): boolean {
  return error instanceof Failure && DAEMON_AWAY.has(error.code)
}

const DAEMON_AWAY = new Set(['docker.unreachable', 'sandbox.call-timed-out'])
/** A connection that breaks in the middle of a call, as when the daemon dies. */
const BROKEN = new Set(['ECONNRESET', 'EPIPE'])
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ENOENT',
  'EACCES',
  'EPERM',
  'ENOTFOUND',
  'EHOSTUNREACH',
])

/** No connection can be made, or it broke in the middle of a call. */
export function isUnreachable(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false
  if (BROKEN.has(String(error.code))) return true
  return 'syscall' in error && error.syscall === 'connect' && UNREACHABLE.has(String(error.code))
}
