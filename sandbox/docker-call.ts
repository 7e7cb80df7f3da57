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

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ENOENT',
  'EACCES',
  'EPERM',
  'ENOTFOUND',
  'EHOSTUNREACH',
])

function isUnreachable(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return false
  return UNREACHABLE.has(String(error.code)) && error.syscall === 'connect'
}
